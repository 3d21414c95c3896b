"""Reads of profiles and of the rows that hang on them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models

from users.enums import Role
from users.querysets.catalogue import prefetch_named
from users.querysets.people import hidden_of

if TYPE_CHECKING:
    from users.models import (
        AvailabilitySlot,
        ContactChannel,
        LeaveWindow,
        Picture,
        Profile,
        ProfileSkill,
        User,
        WantedSkill,
    )

ProfileRow = TypeVar("ProfileRow", bound=models.Model)


class _WallTime(models.Func):
    """The time on a clock in the zone (first) at an instant (second)."""

    template = "(timezone(%(expressions)s))::time"
    output_field = models.TimeField()


class WallDate(models.Func):
    """The day on a calendar there and then."""

    template = "(timezone(%(expressions)s))::date"
    output_field = models.DateField()


class _WallWeekday(models.Func):
    """The weekday there and then, 0 for Monday."""

    template = "(extract(isodow FROM timezone(%(expressions)s))::smallint - 1)"
    output_field = models.SmallIntegerField()


class OwnedByProfileQuerySet(models.QuerySet[ProfileRow]):
    """Rows that hang on a profile."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Those of the profiles that one sees."""
        return self.filter(profile__in=ProfileQuerySet(apps.get_model("users", "Profile")).visible_to(actor))


class ProfileQuerySet(models.QuerySet["Profile"]):
    """Profiles."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own, and those of mentors who are open for learners; all, to moderators."""
        if not actor.is_authenticated:
            return self.none()
        if actor.is_moderating:
            return self
        shown = models.Q(is_offering_mentoring=True, user__is_active=True, user__role=Role.MENTOR)
        return self.filter(models.Q(user_id=actor.pk) | shown)

    def with_details(self) -> Self:
        """Everything a profile shows, and whether its owner is leaving, in a fixed number of queries."""
        return (
            self._with_names()
            .select_related("user__departure")
            .prefetch_related(
                prefetch_named("skills"), prefetch_named("wanted_skills"), "availability", "leave_windows", "contacts"
            )
        )

    def mentors(self) -> Self:
        """People who offer mentoring and have said for how many learners."""
        return self.filter(
            is_offering_mentoring=True, user__is_active=True, user__role=Role.MENTOR, mentoring_capacity__gt=0
        )

    def _with_names(self) -> Self:
        return self.select_related("user", "picture").defer(*hidden_of("user"))

    def available_at(self, moment: datetime) -> Self:
        """Those whose clock stands in one of their weekly slots at this instant, and who are not on leave that day.

        As in `availability.py`, a slot is what the clock shows: a slot across midnight goes on the day after, one in
        the hour that spring leaves out never comes, and one in the hour that autumn repeats comes twice.
        """
        zone, instant = models.F("profile__time_zone"), models.Value(moment, output_field=models.DateTimeField())
        today, clock = _WallWeekday(zone, instant), _WallTime(zone, instant)
        starts, ends = models.F("starts_at"), models.F("ends_at")
        slots = apps.get_model("users", "AvailabilitySlot").objects.alias(
            today=today, yesterday=(today + 6) % 7, clock=clock
        )
        current = slots.filter(
            models.Q(weekday=models.F("today"), starts_at__lte=models.F("clock"))
            & (models.Q(ends_at__gt=models.F("clock")) | models.Q(ends_at__lte=starts))
            | models.Q(weekday=models.F("yesterday"), starts_at__gte=ends, ends_at__gt=models.F("clock"))
        )
        away = apps.get_model("users", "LeaveWindow").objects.alias(day=WallDate(zone, instant))
        on_leave = away.filter(starts_on__lte=models.F("day"), ends_on__gte=models.F("day"))
        return self.filter(pk__in=current.values("profile")).exclude(pk__in=on_leave.values("profile"))


class ProfileSkillQuerySet(OwnedByProfileQuerySet["ProfileSkill"]):
    """Skills that people have."""


class WantedSkillQuerySet(OwnedByProfileQuerySet["WantedSkill"]):
    """Skills that people want."""


class AvailabilitySlotQuerySet(OwnedByProfileQuerySet["AvailabilitySlot"]):
    """When people have time."""


class LeaveWindowQuerySet(OwnedByProfileQuerySet["LeaveWindow"]):
    """When people are away."""


class PictureQuerySet(OwnedByProfileQuerySet["Picture"]):
    """Pictures of people."""

    def with_names(self, names: Iterable[str]) -> set[str]:
        """Those of the names that a profile has."""
        return set(self.filter(name__in=names).values_list("name", flat=True))


class ContactChannelQuerySet(models.QuerySet["ContactChannel"]):
    """How people may be reached."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own. The other side of an active match finds them through the match."""
        return self.filter(profile__user_id=actor.pk) if actor.is_authenticated else self.none()

    def of_person(self, person: UUID) -> Self:
        """This person's, in their order. Who may ask for them, says the caller."""
        return self.filter(profile__user_id=person)
