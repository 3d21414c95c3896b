"""People as the matcher sees them: profiles read in a fixed number of queries, turned into its contract's JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from matches.models import MentorStanding, Review
from users.availability import Slot, utc_offset_minutes, utc_week_minutes
from users.models import LeaveWindow, Profile, User
from users.querysets import hidden_of

Json = dict[str, Any]

MOST_CANDIDATES = 2000
"""Mentors (and in a round learners) that are weighed at a time; for one learner those who reach most of the wanted
levels, half of the score's weight."""


class _Slot(NamedTuple):
    weekday: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mentor whom a learner may choose, as `private.matches_candidates` gives them.

    `skills` are the wanted ones only, with `levels` in step; so go `starts_at` and `ends_at` with `weekdays`.
    """

    user_id: UUID
    handle: str
    display_name: str
    headline: str
    country: str
    time_zone: str
    languages: list[str]
    places_left: int
    requests_decided: int | None
    requests_answered: int | None
    rating_count: int
    rating_sum: int | None
    skills: list[str]
    levels: list[int]
    weekdays: list[int]
    starts_at: list[time]
    ends_at: list[time]


def candidates_for(learner: Profile, wanted: dict[str, int], *, now: datetime) -> list[Candidate]:
    """At most MOST_CANDIDATES of the mentors who are open for the learner, whose rights the transaction has.

    They know one of the `wanted` skills (slug → level), share a language where both sides name any, and have no open
    match with the learner. Who reaches most of the wanted levels comes first.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT user_id, handle, display_name, headline, country, time_zone, languages, places_left,"
            " requests_decided, requests_answered, rating_count, rating_sum, skills, levels, weekdays, starts_at,"
            " ends_at FROM private.matches_candidates(%s, %s, %s, %s, %s)",
            [list(wanted), list(wanted.values()), learner.languages, now.date(), MOST_CANDIDATES],
        )
        return [Candidate(*row) for row in cursor.fetchall()]


def open_mentors(actor: User | None) -> "QuerySet[Profile]":
    """Profiles of mentors who take learners now: offering, with a place left, not on leave today.

    With `actor`: those that they may see, and not themselves. Annotated with `places_left` and their revealed ratings.
    """
    visible = Profile.objects.visible_to(actor).exclude(user=actor) if actor else Profile.objects.all()
    today = timezone.now().date()
    on_leave = LeaveWindow.objects.filter(profile=OuterRef("pk"), starts_on__lte=today, ends_on__gte=today)
    taken = Coalesce(F("user__mentor_standing__places_taken"), Value(0))
    ratings = Review.objects.revealed().filter(subject=OuterRef("user"), subject_is_mentor=True).order_by()
    mentors: QuerySet[Profile] = (
        visible.mentors()
        .filter(~Exists(on_leave))
        .annotate(
            places_left=F("mentoring_capacity") - taken,
            rating_count=Subquery(ratings.values("subject").annotate(n=Count("pk")).values("n")),
            rating_sum=Subquery(ratings.values("subject").annotate(n=Sum("rating")).values("n")),
        )
        .filter(places_left__gt=0)
    )
    return mentors


def with_matching_details(profiles: "QuerySet[Profile]") -> "QuerySet[Profile]":
    """With everything that the matcher is told."""
    with_people = profiles.select_related("user__mentor_standing").defer(*hidden_of("user"))
    return with_people.prefetch_related("skills__skill", "availability")


def learner_json(profile: Profile, wanted: dict[str, int], *, now: datetime, waiting_days: int | None = None) -> Json:
    """A learner who wants these levels by skill slug."""
    return _week_json(profile.languages, profile.time_zone, profile.availability.all(), now) | {
        "id": str(profile.user_id),
        "wants": [{"skill": slug, "level": level} for slug, level in sorted(wanted.items())],
        "waiting_days": waiting_days,
    }


def mentor_json(profile: Profile, *, now: datetime) -> Json:
    """A mentor from `open_mentors`, with their free places, ratings and how often they answer."""
    standing = getattr(profile.user, "mentor_standing", None)
    return _week_json(profile.languages, profile.time_zone, profile.availability.all(), now) | {
        "id": str(profile.user_id),
        "skills": [{"skill": known.skill.slug, "level": known.level} for known in profile.skills.all()],
        "capacity": getattr(profile, "places_left", profile.mentoring_capacity),
        "rating": _rating_json(getattr(profile, "rating_count", None), getattr(profile, "rating_sum", None)),
        "answer_rate_permille": standing.answer_rate_permille if standing else None,
    }


def candidate_json(mentor: Candidate, *, now: datetime) -> Json:
    """The same of a candidate; of their skills those that are wanted."""
    slots = map(_Slot, mentor.weekdays, mentor.starts_at, mentor.ends_at)
    standing = MentorStanding(
        requests_decided=mentor.requests_decided or 0, requests_answered=mentor.requests_answered or 0
    )
    return _week_json(mentor.languages, mentor.time_zone, slots, now) | {
        "id": str(mentor.user_id),
        "skills": [{"skill": slug, "level": level} for slug, level in zip(mentor.skills, mentor.levels, strict=True)],
        "capacity": mentor.places_left,
        "rating": _rating_json(mentor.rating_count, mentor.rating_sum),
        "answer_rate_permille": standing.answer_rate_permille,
    }


def _rating_json(count: int | None, total: int | None) -> Json | None:
    return {"mean_milli": total * 1000 // count, "count": count} if count and total else None


def _week_json(languages: list[str], time_zone: str, slots: Iterable[Slot], now: datetime) -> Json:
    zone = ZoneInfo(time_zone)
    return {
        "languages": list(dict.fromkeys(languages)),
        "availability": [list(slot) for slot in utc_week_minutes(slots, zone, now.date())],
        "utc_offset_minutes": utc_offset_minutes(zone, now),
    }
