"""People as the matcher sees them: profiles read in a fixed number of queries, turned into its contract's JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from matches.models import Review
from users.availability import utc_offset_minutes, utc_week_minutes
from users.models import LeaveWindow, Profile, User
from users.querysets import hidden_of

Json = dict[str, Any]

MOST_CANDIDATES = 2000
"""Mentors (and in a round learners) that are weighed at a time; those who share most wanted skills first."""


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


def sharing(mentors: "QuerySet[Profile]", *, skill_ids: Iterable[Any], languages: list[str]) -> "QuerySet[Profile]":
    """Those with one of the skills, and a language in common where both sides name any; most shared skills first."""
    understood = Q(languages__overlap=languages) | Q(languages=[]) if languages else Q()
    return (
        # The filter first: only the rows of these skills are joined and counted, not all that mentors know.
        mentors.filter(understood, skills__skill__in=list(skill_ids), skills__level__gte=1)
        .annotate(shared_skills=Count("skills", distinct=True))
        .order_by("-shared_skills", "id")
    )


def with_matching_details(profiles: "QuerySet[Profile]") -> "QuerySet[Profile]":
    """With everything that the matcher is told."""
    with_people = profiles.select_related("user__mentor_standing").defer(*hidden_of("user"))
    return with_people.prefetch_related("skills__skill", "availability")


def learner_json(profile: Profile, wanted: dict[str, int], *, now: datetime, waiting_days: int | None = None) -> Json:
    """A learner who wants these levels by skill slug."""
    return _week_json(profile, now) | {
        "id": str(profile.user_id),
        "wants": [{"skill": slug, "level": level} for slug, level in sorted(wanted.items())],
        "waiting_days": waiting_days,
    }


def mentor_json(profile: Profile, *, now: datetime) -> Json:
    """A mentor from `open_mentors`, with their free places, ratings and how often they answer."""
    standing = getattr(profile.user, "mentor_standing", None)
    count: int = getattr(profile, "rating_count", None) or 0
    rating = {"mean_milli": getattr(profile, "rating_sum", 0) * 1000 // count, "count": count} if count else None
    return _week_json(profile, now) | {
        "id": str(profile.user_id),
        "skills": [{"skill": known.skill.slug, "level": known.level} for known in profile.skills.all()],
        "capacity": getattr(profile, "places_left", profile.mentoring_capacity),
        "rating": rating,
        "answer_rate_permille": standing.answer_rate_permille if standing else None,
    }


def _week_json(profile: Profile, now: datetime) -> Json:
    zone = ZoneInfo(profile.time_zone)
    return {
        "languages": list(dict.fromkeys(profile.languages)),
        "availability": [list(slot) for slot in utc_week_minutes(profile.availability.all(), zone, now.date())],
        "utc_offset_minutes": utc_offset_minutes(zone, now),
    }
