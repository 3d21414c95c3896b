"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, models
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from users.enums import ExportStatus, Role
from users.normalisation import normalise_skill

if TYPE_CHECKING:
    from users.models import (
        AuditEntry,
        AuditSeal,
        AuthenticatorApp,
        AvailabilitySlot,
        Challenge,
        ContactChannel,
        DataExport,
        Departure,
        EmailChange,
        LeaveWindow,
        Passkey,
        PersonalToken,
        Picture,
        Profile,
        ProfileSkill,
        ProviderVisit,
        RecoveryCode,
        RefreshTokenFamily,
        Skill,
        SkillSuggestion,
        SocialLink,
        Track,
        User,
        WantedSkill,
    )

ProfileRow = TypeVar("ProfileRow", bound=models.Model)

HIDDEN = ("password", "email", "last_login", "email_confirmed_at", "has_short_password")
"""Columns of an account that no request may read, of whomever; one's own address is told by `private.my_email()`."""

MOST_ATTEMPTS = 5
"""Answers to one challenge, right or wrong."""

_OWN_ACCOUNT = """
    SELECT id, handle, display_name, role, is_active, is_staff, is_superuser, token_version, created_at, updated_at,
           private.my_email() AS email
    FROM users_user WHERE id = auth.uid() AND is_active AND NOT private.is_session_over(%s)
"""


def hidden_of(*relations: str) -> list[str]:
    """For `defer()` beside a `select_related()` of accounts: their hidden columns."""
    return [f"{relation}__{column}" for relation in relations for column in HIDDEN]


class _WallTime(models.Func):
    """The time on a clock in the zone (first) at an instant (second)."""

    template = "(timezone(%(expressions)s))::time"
    output_field = models.TimeField()


class _WallDate(models.Func):
    """The day on a calendar there and then."""

    template = "(timezone(%(expressions)s))::date"
    output_field = models.DateField()


class _WallWeekday(models.Func):
    """The weekday there and then, 0 for Monday."""

    template = "(extract(isodow FROM timezone(%(expressions)s))::smallint - 1)"
    output_field = models.SmallIntegerField()


class _ToClock(models.Func):
    """A time as `18:30`."""

    template = "to_char(%(expressions)s, 'HH24:MI')"
    output_field = models.CharField()


def _named(rows: str) -> "models.Prefetch[Any, Any, Any]":
    """These rows with the name of their skill, in one query: `skills`, `wanted_skills` or `track_skills`."""
    model = {"skills": "ProfileSkill", "wanted_skills": "WantedSkill", "track_skills": "TrackSkill"}[rows]
    return models.Prefetch(rows, queryset=apps.get_model("users", model).objects.select_related("skill"))


class UserQuerySet(models.QuerySet["User"]):
    """People."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Everybody's names, to those who are logged in: what people wrote outlives their accounts."""
        return self if actor.is_authenticated else self.none()

    def active(self) -> Self:
        """People whose account is open."""
        return self.filter(is_active=True)

    def mentors(self) -> Self:
        """People who offer mentoring and have said for how many learners."""
        return self.filter(
            is_active=True,
            role=Role.MENTOR,
            profile__is_offering_mentoring=True,
            profile__mentoring_capacity__gt=0,
        )

    def available_at(self, moment: datetime) -> Self:
        """People whose clock stands in one of their weekly slots at this instant, and who are not on leave that day."""
        profiles = ProfileQuerySet(apps.get_model("users", "Profile")).available_at(moment)
        return self.filter(profile__in=profiles)

    def with_hidden(self) -> Self:
        """With the columns that requests may not read; for the account service, workers and the admin."""
        return self.defer(None)

    def of_whoever_asks(self, *, session_id: UUID | None) -> "User | None":
        """The account of the person whose rights the transaction has, with their address.

        None when it is closed, or when the session that they came with is over; a personal token has no session.
        """
        return next(iter(self.raw(_OWN_ACCOUNT, [session_id])), None)

    def by_email(self, email: str) -> Self:
        """The account with this address, whatever its case."""
        return self.with_hidden().filter(email=email.strip().lower())

    def unverified_since(self, moment: datetime) -> Self:
        """Open accounts from before this moment whose address was never confirmed; the ghost is none of them."""
        return self.filter(email_confirmed_at=None, created_at__lt=moment, is_active=True)

    def without_password(self) -> Self:
        """Accounts that nobody can log in to."""
        return self.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)


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
        return self.filter(models.Q(user_id=actor.pk) | models.Q(is_offering_mentoring=True, user__is_active=True))

    def with_details(self) -> Self:
        """Everything a profile shows, and whether its owner is leaving, in a fixed number of queries."""
        return (
            self._with_names()
            .select_related("user__departure")
            .prefetch_related(_named("skills"), _named("wanted_skills"), "availability", "leave_windows", "contacts")
        )

    def mentors(self) -> Self:
        """People who offer mentoring and have said for how many learners."""
        return self.filter(
            is_offering_mentoring=True, user__is_active=True, user__role=Role.MENTOR, mentoring_capacity__gt=0
        )

    def with_skills(self) -> Self:
        """What a list of mentors shows, in two queries: skills, and `weekly_slots` as the API writes them."""
        slots = apps.get_model("users", "AvailabilitySlot").objects.filter(profile=models.OuterRef("pk"))
        slot = JSONObject(weekday="weekday", starts_at=_ToClock("starts_at"), ends_at=_ToClock("ends_at"))
        return (
            self._with_names()
            .prefetch_related(_named("skills"))
            .annotate(weekly_slots=ArraySubquery(slots.order_by("weekday", "starts_at").values(slot=slot)))
        )

    def _with_names(self) -> Self:
        return self.select_related("user", "picture").defer(*hidden_of("user"))

    def knowing(self, text: str, *, level: int = 0) -> Self:
        """Those who have the skill that is written like this, at this level or above; nobody, where none is."""
        return self.knowing_any({text: level})

    def knowing_any(self, wanted: Mapping[str, int]) -> Self:
        """Those who have one of the skills (as people write them → least level) or more; unknown ones help nobody."""
        names = apps.get_model("users", "SkillAlias").objects.all()
        known = models.Q()
        for text, level in wanted.items():
            named = names.filter(normalised=normalise_skill(text)).values("skill")
            known |= models.Q(skill=models.Subquery(named[:1]), level__gte=level)
        having = apps.get_model("users", "ProfileSkill").objects.filter(known)
        return self.filter(pk__in=having.values("profile"))

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
        away = apps.get_model("users", "LeaveWindow").objects.alias(day=_WallDate(zone, instant))
        on_leave = away.filter(starts_on__lte=models.F("day"), ends_on__gte=models.F("day"))
        return self.filter(pk__in=current.values("profile")).exclude(pk__in=on_leave.values("profile"))

    def not_on_leave(self) -> Self:
        """Without those who are away today."""
        today = timezone.now().date()
        # Asked for each row of a page: a list of all who are away would grow with the platform.
        away = apps.get_model("users", "LeaveWindow").objects.filter(
            profile=models.OuterRef("pk"), starts_on__lte=today, ends_on__gte=today
        )
        return self.filter(~models.Exists(away))


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

    def texts_among(self, texts: Iterable[str]) -> set[str]:
        """Those of the texts, as people type them, that name a skill. One query."""
        forms = {text: normalise_skill(text) for text in texts}
        known = set(self.filter(aliases__normalised__in=forms.values()).values_list("aliases__normalised", flat=True))
        return {text for text, form in forms.items() if form in known}

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
        return self.prefetch_related(_named("track_skills"))


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


class RefreshTokenFamilyQuerySet(models.QuerySet["RefreshTokenFamily"]):
    """Logins."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def alive(self) -> Self:
        """Those that a refresh token still continues: not ended, not idle for too long, not at their absolute end."""
        now = timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now, rotated_at__gt=now - settings.REFRESH_TOKEN_IDLE)

    def without_tokens(self) -> Self:
        """Without the columns that no request may read."""
        return self.defer("current_hash", "rotations", "recent_rotations", "proved_at")


class AuthenticatorAppQuerySet(models.QuerySet["AuthenticatorApp"]):
    """Authenticator apps; for the account service alone."""

    def confirmed(self) -> Self:
        """Those that count: a first code was right."""
        return self.filter(confirmed_at__isnull=False)

    def take(self, step: int) -> bool:
        """Use up the code of this step, and all before it; False when that was done before. Safe in a race."""
        return self.filter(last_step__lt=step).update(last_step=step, last_used_at=timezone.now()) > 0


class PasskeyQuerySet(models.QuerySet["Passkey"]):
    """Passkeys; for the account service alone."""


class PersonalTokenQuerySet(models.QuerySet["PersonalToken"]):
    """Personal tokens; for the account service alone."""

    def alive(self) -> Self:
        """Those that have not expired."""
        return self.filter(expires_at__gt=timezone.now())

    def with_owner(self) -> Self:
        """With whose they are, without the columns that no request may read."""
        return self.select_related("user").defer(*hidden_of("user"))


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """Changes of addresses; `visible_to` is the rule of users/sql/0028_email_changes.sql."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk)

    def waiting(self) -> Self:
        """Those that the new mailbox can confirm."""
        return self.filter(confirmed_at=None, asked_at__gt=timezone.now() - settings.EMAIL_CHANGE_LIFETIME)

    def stoppable(self) -> Self:
        """Those that the old mailbox can give up or undo."""
        undoable = models.Q(confirmed_at__gt=timezone.now() - settings.EMAIL_CHANGE_UNDO)
        asked_after = timezone.now() - settings.EMAIL_CHANGE_LIFETIME
        return self.filter(undoable | models.Q(confirmed_at=None, asked_at__gt=asked_after))

    def over(self) -> Self:
        """All others."""
        return self.exclude(pk__in=self.stoppable().values("pk"))


class RecoveryCodeQuerySet(models.QuerySet["RecoveryCode"]):
    """Recovery codes; for the account service alone."""

    def unused(self) -> Self:
        """Those that still work."""
        return self.filter(used_at=None)

    def take(self, code_hash: str) -> bool:
        """Use up the code with this hash; False when there is none, or it was used before. Safe in a race."""
        return self.unused().filter(code_hash=code_hash).update(used_at=timezone.now()) > 0


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    """Challenges; for the account service alone."""

    def open(self) -> Self:
        """Those that may still be answered."""
        return self.filter(answered_at=None, expires_at__gt=timezone.now(), attempts__lt=MOST_ATTEMPTS)


class SocialLinkQuerySet(models.QuerySet["SocialLink"]):
    """Accounts at login providers."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()


class ProviderVisitQuerySet(models.QuerySet["ProviderVisit"]):
    """Visits at login providers; for the account service alone."""

    def away(self) -> Self:
        """Those that have not come back and still may."""
        return self.filter(returned_at=None, expires_at__gt=timezone.now())

    def back(self) -> Self:
        """Those that have come back and can be finished."""
        return self.filter(finished_at=None, expires_at__gt=timezone.now()).exclude(ticket_hash="")


class DepartureQuerySet(models.QuerySet["Departure"]):
    """Who is leaving."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def due(self) -> Self:
        """Those whose time to change their mind is over."""
        return self.filter(due_at__lte=timezone.now()).order_by("due_at")


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """Copies of people's data."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()

    def active(self) -> Self:
        """Jobs that are not over."""
        return self.filter(status__in=[ExportStatus.QUEUED, ExportStatus.RUNNING])

    def expired(self) -> Self:
        """Those whose file has been there long enough."""
        return self.filter(expires_at__lte=timezone.now())


def audit_subjects() -> models.Func:
    """What an audit entry can be found by, as an array of text: person, actor, row and request."""
    return models.Func(
        Cast("user_id", models.TextField()),
        Cast("actor_id", models.TextField()),
        "row_id",
        "request_id",
        template="(ARRAY[%(expressions)s]::text[])",
        output_field=ArrayField(models.TextField()),
    )


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """The audit trail."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to admins; to others what happened to their own account, such as a login. Nothing, to strangers."""
        if not actor.is_authenticated:
            return self.none()
        return self if actor.role == Role.ADMIN else self.events().filter(user_id=actor.pk)

    def events(self) -> Self:
        """What happened to accounts."""
        return self.filter(table_name="")

    def changes(self, table_name: str) -> Self:
        """What happened to the rows of a table."""
        return self.filter(table_name=table_name)

    def about(self, term: str) -> Self:
        """What concerns or was done by the person with this handle, address or id, or is of this row or request."""
        people = apps.get_model("users.User").objects.filter(models.Q(handle=term) | models.Q(email=term.lower()))
        wanted = [term, *map(str, people.values_list("pk", flat=True))]
        with suppress(ValueError):
            wanted.append(str(UUID(term)))  # however it was typed
        return self.alias(subjects=audit_subjects()).filter(subjects__overlap=wanted)

    def audited_tables(self) -> list[str]:
        """Names of the tables whose changes are recorded."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_updated' ORDER BY 1")
            return [name for (name,) in cursor.fetchall()]


class AuditSealQuerySet(models.QuerySet["AuditSeal"]):
    """The chain over the audit trail."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to admins."""
        return self if actor.is_authenticated and actor.role == Role.ADMIN else self.none()
