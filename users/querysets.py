"""Every read of this app. `visible_to(actor)` comes first; what an actor may not see does not exist for them."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramSimilarity
from django.db import connection, models
from django.db.models.functions import Cast, Concat, JSONObject, LPad
from django.db.models.lookups import GreaterThanOrEqual
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
        MentorListing,
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

LEAST_REQUESTS = 3
"""Answered or lapsed requests of a mentor, before it is said how many they answer."""
LONGEST_QUICK_ANSWER_MINUTES = 48 * 60
MOST_RANKED = 500
"""Mentors of whom it is asked how well words fit them."""
MOST_COUNTED = 2000
"""Mentors of whom it is counted what they have."""
SEARCH_CONFIGURATION = "simple"
"""Of searches for mentors, who write in any language. `private.users_refresh_listings` must name the same."""

MOST_ATTEMPTS = 5
"""Answers to one challenge, right or wrong."""

_FACETS = """
    WITH found AS MATERIALIZED ({found}), counted AS MATERIALIZED (SELECT * FROM found LIMIT {most})
    SELECT 'mentors', '', '', count(*) FROM found
    UNION ALL (
        SELECT 'skills', skill.slug, skill.name, count(*) FROM counted CROSS JOIN unnest(counted.skills) AS word
        JOIN users_skill AS skill ON skill.slug = word GROUP BY skill.slug, skill.name ORDER BY 4 DESC, 2 LIMIT 20
    ) UNION ALL (
        SELECT 'languages', language, '', count(*) FROM counted CROSS JOIN unnest(counted.languages) AS language
        GROUP BY language ORDER BY 4 DESC, 2 LIMIT 20
    ) UNION ALL (
        SELECT 'countries', country, '', count(*) FROM counted WHERE country <> ''
        GROUP BY country ORDER BY 4 DESC, 2 LIMIT 20
    )
"""

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


class _ToUtc(models.Func):
    """A moment as `2026-11-20T10:00:00.000000Z`."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    output_field = models.CharField()


class _IsIn(models.Func):
    """Whether a day (first) is in one of the ranges of an array (second)."""

    template, arg_joiner = "(%(expressions)s))", " <@ ANY ("
    output_field = models.BooleanField()


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

    def with_capacity(self) -> Self:
        """Mentors who can take one more learner now."""
        return self.filter(profile__listing__open_places__gt=0)

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
        away = apps.get_model("users", "LeaveWindow").objects.alias(day=_WallDate(zone, instant))
        on_leave = away.filter(starts_on__lte=models.F("day"), ends_on__gte=models.F("day"))
        return self.filter(pk__in=current.values("profile")).exclude(pk__in=on_leave.values("profile"))


class MentorListingQuerySet(models.QuerySet["MentorListing"]):
    """Mentors who are open for learners."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to everybody who is logged in."""
        return self if actor.is_authenticated else self.none()

    def not_on_leave(self) -> Self:
        """Without those who are away today."""
        today = models.Value(timezone.now().date(), output_field=models.DateField())
        return self.filter(~models.Q(_IsIn(today, "away")))

    def with_details(self) -> Self:
        """What a list of mentors shows, in one query: `about`, `known_skills`, `weekly_slots`, as the API writes them.

        Subqueries and no joins, for they are asked of a page and not of all that a search ranks.
        """
        about = apps.get_model("users", "Profile").objects.filter(pk=models.OuterRef("pk"))
        slots = apps.get_model("users", "AvailabilitySlot").objects.filter(profile=models.OuterRef("pk"))
        known = apps.get_model("users", "ProfileSkill").objects.filter(profile=models.OuterRef("pk"))
        person = JSONObject(
            id="user_id",
            handle="user__handle",
            display_name="user__display_name",
            picture="picture__name",
            headline="headline",
            bio="bio",
        )
        slot = JSONObject(weekday="weekday", starts_at=_ToClock("starts_at"), ends_at=_ToClock("ends_at"))
        skill = JSONObject(
            skill="skill__slug", name="skill__name", level="level", source="source", verified_at=_ToUtc("verified_at")
        )
        return self.annotate(
            about=models.Subquery(about.values(person=person)),
            weekly_slots=ArraySubquery(slots.order_by("weekday", "starts_at").values(slot=slot)),
            known_skills=ArraySubquery(known.order_by("-level", "skill__slug").values(known=skill)),
        )

    def knowing(self, slugs: Mapping[str, int]) -> Self:
        """Those who know all of these skills (slug → least level)."""
        return self.filter(skills__contains=_skill_words(slugs))

    def knowing_any(self, slugs: Mapping[str, int]) -> Self:
        """Those who know one of these skills (slug → least level) or more."""
        return self.filter(skills__overlap=_skill_words(slugs))

    def rated(self, least: Decimal) -> Self:
        """Those whose ratings, three or more, have this mean (1 to 5) or a better one."""
        # By the column that orders the list, so that its last page is found as quickly as the first.
        return self.filter(by_rating__gte=f"{math.ceil(least * 100):03d}")

    def with_capacity(self, *, is_wanted: bool = True) -> Self:
        """Those who can take one more learner, or those who cannot."""
        return self.filter(open_places__gt=0) if is_wanted else self.filter(open_places=0)

    def responsive(self, *, is_wanted: bool = True) -> Self:
        """Those who answer 80 % of their requests, of three or more, within 48 hours at the median; or the others."""
        answers_most = GreaterThanOrEqual(models.F("requests_answered") * 5, models.F("requests_decided") * 4)
        answers = models.Q(answers_most) & models.Q(
            by_answer_time__lt=f"{LONGEST_QUICK_ANSWER_MINUTES + 1:07d}", requests_decided__gte=LEAST_REQUESTS
        )
        return self.filter(answers if is_wanted else ~answers)

    def matching(self, words: str) -> Self:
        """Those who have these words in their name, headline, skills or bio, in web-search syntax (`"a b" or c -d`)."""
        return self.filter(search=_query_of(words))

    def by_relevance(self, words: str) -> Self:
        """The newest 500 of these, with `relevance` to order by: how well the words fit, and a tie is the newer's.

        No index knows how well words fit, so whoever is ranked is read: a bound keeps a common word from reading all.
        """
        newest = self.order_by("-profile").values("profile")[:MOST_RANKED]
        rank = Cast(SearchRank(models.F("search"), _query_of(words)) * 1_000_000, models.IntegerField())
        ranked: Self = apps.get_model("users", "MentorListing").objects.filter(pk__in=newest)
        return ranked.annotate(
            relevance=Concat(
                LPad(Cast(rank, models.CharField()), 9, models.Value("0")), Cast("profile", models.CharField())
            )
        )

    def facets(self) -> dict[str, Any]:
        """Of the newest 2,000 of these, how many have which skill, language and country, the twenty most frequent each.

        As `MentorFacetsSerializer` shows it. One query.
        """
        found = self.order_by("-profile").values("skills", "languages", "country")[: MOST_COUNTED + 1]
        statement, values = found.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(_FACETS.format(found=statement, most=MOST_COUNTED), values)
            rows = cursor.fetchall()
        counts: dict[str, list[dict[str, Any]]] = {"skills": [], "languages": [], "countries": []}
        mentors = 0
        for kind, value, name, count in rows:
            if kind == "mentors":
                mentors = count
            elif kind == "skills":
                counts[kind].append({"skill": value, "name": name, "count": count})
            else:
                counts[kind].append({"language" if kind == "languages" else "country": value, "count": count})
        return {"mentors": min(mentors, MOST_COUNTED), "is_complete": mentors <= MOST_COUNTED, **counts}


def _query_of(words: str) -> SearchQuery:
    return SearchQuery(words, config=SEARCH_CONFIGURATION, search_type="websearch")


def _skill_words(slugs: Mapping[str, int]) -> list[str]:
    """As `MentorListing.skills` has them: whoever has `python:3` has `python` and all levels between, too."""
    return [f"{slug}:{level}" if level else slug for slug, level in slugs.items()]


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

    def slugs_of(self, texts: Iterable[str]) -> dict[str, str]:
        """For each text that names a skill, as people type it, the skill's slug. One query."""
        forms = {text: normalise_skill(text) for text in texts}
        named = self.filter(aliases__normalised__in=forms.values()).values_list("aliases__normalised", "slug")
        slugs = dict(named)
        return {text: slugs[form] for text, form in forms.items() if form in slugs}

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
