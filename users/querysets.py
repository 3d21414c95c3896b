"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models
from django.utils import timezone

from users.enums import Role
from users.normalisation import normalise_skill

if TYPE_CHECKING:
    from users.models import (
        AvailabilitySlot,
        LeaveWindow,
        Profile,
        ProfileSkill,
        RefreshTokenFamily,
        Skill,
        SkillSuggestion,
        Track,
        User,
        WantedSkill,
    )

ProfileRow = TypeVar("ProfileRow", bound=models.Model)


class UserQuerySet(models.QuerySet["User"]):
    """People."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Active people, to everybody who is logged in; nobody, to others."""
        return self.filter(is_active=True) if actor.is_authenticated else self.none()

    def by_email(self, email: str) -> Self:
        """The account with this address, whatever its case."""
        return self.filter(email=email.strip().lower())

    def without_password(self) -> Self:
        """Accounts that nobody can log in to."""
        return self.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)


class OwnedByProfileQuerySet(models.QuerySet[ProfileRow]):
    """Rows that hang on a profile."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own; those of others are seen through their profile."""
        return self.filter(profile__user_id=actor.pk) if actor.is_authenticated else self.none()


class ProfileQuerySet(models.QuerySet["Profile"]):
    """Profiles."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own, and those of mentors who are open for learners; all, to moderators."""
        if not actor.is_authenticated:
            return self.none()
        if actor.is_moderating:
            return self
        return self.filter(models.Q(user_id=actor.pk) | models.Q(is_offering_mentoring=True, user__is_active=True))

    def with_details(self) -> Self:
        """Everything a profile shows, in a fixed number of queries."""
        return self.select_related("user").prefetch_related(
            "skills__skill", "wanted_skills__skill", "availability", "leave_windows"
        )

    def mentors(self) -> Self:
        """People who offer mentoring and have said for how many learners."""
        return self.filter(
            is_offering_mentoring=True, user__is_active=True, user__role=Role.MENTOR, mentoring_capacity__gt=0
        )

    def with_skills(self) -> Self:
        """What a list of mentors shows, in a fixed number of queries."""
        return self.select_related("user").prefetch_related("skills__skill", "availability")

    def not_on_leave(self) -> Self:
        """Without those who are away today."""
        today = timezone.now().date()
        # Not exclude(): its two conditions could be met by two different windows, one past and one to come.
        away = self.model.objects.filter(leave_windows__starts_on__lte=today, leave_windows__ends_on__gte=today)
        return self.exclude(pk__in=away.values("pk"))


class SkillQuerySet(models.QuerySet["Skill"]):
    """The catalogue."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everything, to everybody."""
        return self

    def matching(self, normalised: str) -> Self:
        """The skill with this normalised alias."""
        return self.filter(aliases__normalised=normalised)

    def by_text(self, texts: Iterable[str]) -> dict[str, "Skill"]:
        """For each text that names a skill, as people type it, the skill. Two queries."""
        forms = {text: normalise_skill(text) for text in texts}
        named = self.filter(aliases__normalised__in=set(forms.values())).distinct().prefetch_related("aliases")
        by_form = {alias.normalised: skill for skill in named for alias in skill.aliases.all()}
        return {text: by_form[form] for text, form in forms.items() if form in by_form}

    def similar_to(self, text: str) -> Self:
        """Skills with an alias that begins like `text` or resembles it, closest first (trigrams, pg_trgm)."""
        form = normalise_skill(text)
        return (
            self.filter(
                models.Q(aliases__normalised__startswith=form) | models.Q(aliases__normalised__trigram_similar=form)
            )
            .annotate(similarity=models.Max(TrigramSimilarity("aliases__normalised", form)))
            .order_by("-similarity", "slug")
        )

    def with_aliases(self) -> Self:
        """With the ways in which people write them."""
        return self.prefetch_related("aliases")

    def with_neighbours(self) -> Self:
        """With what they require and what requires them."""
        return self.prefetch_related("aliases", "prerequisites", "unlocks")


class TrackQuerySet(models.QuerySet["Track"]):
    """Tracks."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everything, to everybody."""
        return self

    def with_skills(self) -> Self:
        """With the skills and their levels."""
        return self.prefetch_related("track_skills__skill")


class SkillSuggestionQuerySet(models.QuerySet["SkillSuggestion"]):
    """What the catalogue did not know."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators and admins."""
        return self if actor.is_authenticated and actor.is_moderating else self.none()


class ProfileSkillQuerySet(OwnedByProfileQuerySet["ProfileSkill"]):
    """Skills that people have."""


class WantedSkillQuerySet(OwnedByProfileQuerySet["WantedSkill"]):
    """Skills that people want."""


class AvailabilitySlotQuerySet(OwnedByProfileQuerySet["AvailabilitySlot"]):
    """When people have time."""


class LeaveWindowQuerySet(OwnedByProfileQuerySet["LeaveWindow"]):
    """When people are away."""


class RefreshTokenFamilyQuerySet(models.QuerySet["RefreshTokenFamily"]):
    """Logins."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()
