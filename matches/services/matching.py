"""Who fits whom: suggestions for one learner, and the score of a pair. Rounds: `round_jobs.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.utils import timezone

from matches.exceptions import MentorUnavailable, ProfileIncomplete
from matches.services.explanations import shared_windows, why
from matches.services.people import (
    Asking,
    Json,
    Learner,
    Mentors,
    asking,
    candidates_for,
    continuity_json,
    mentors_told,
    request_bytes,
    zones_json,
)
from matches.services.rounds import snapshot_of
from matches.services.solving import Solved, solve_or_recall
from matches.services.wants import Catalogue
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.errors import FieldError, InvalidInput
from users.availability import in_utc_week, offsets_in_week
from users.models import MentorListing, User

MOST_SUGGESTIONS = 20


class SuggestedMentor(NamedTuple):
    """What is shown of a mentor in a suggestion."""

    id: UUID
    handle: str
    display_name: str
    headline: str
    country: str
    time_zone: str
    languages: list[str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mentor who fits, and why."""

    mentor: SuggestedMentor
    score: int
    components: dict[str, dict[str, int]]
    why: str
    places_left: int
    overlap_minutes: int
    shared_languages: list[str]
    matched_skills: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The best mentors, best first, and who computed it."""

    suggestions: list[Suggestion]
    solver: str
    solver_version: str
    input_hash: str
    is_fallback: bool
    notice: str | None
    considered: int


@dataclass(frozen=True, slots=True)
class _Question:
    """What was read, so that the matcher can be asked with no transaction open."""

    learner: Learner
    skill_names: Mapping[str, str]
    request: bytes
    considered: int
    """Mentors in it."""
    now: datetime


class MatchingService:
    """Suggestions, and the score of a pair."""

    @staticmethod
    def find_matches(*, actor: User, limit: int = 5, wanted: dict[str, int] | None = None) -> Suggestions:
        """The best `limit` (1 to 20) mentors for the actor, scored by the matcher or the built-in solver.

        `wanted` (skill slug → level 1 to 5) takes the place of the profile's wanted skills. Reads in a transaction of
        its own and asks with none open: call it outside of any. Errors: `profile_incomplete`, `validation_failed`.
        """
        with acting_as(actor.pk, user_role=actor.role):
            question = _read(actor, limit, wanted)
        solved = solve_or_recall("suggest", question.request)
        with acting_as(actor.pk, user_role=actor.role):
            return _suggestions(question, solved)

    @staticmethod
    def snapshot(*, learner: User, mentor: MentorListing, now: datetime) -> dict[str, Any]:
        """The score of this pair as fields of a match, by the built-in solver; no score when they share nothing.

        Raises MentorUnavailable when the mentor has closed the listing since it was read.
        """
        told = mentors_told(MentorListing.objects.filter(pk=mentor.pk))
        if not told.count:
            raise MentorUnavailable("The mentor takes nobody any more; look at the other suggestions.")
        asks = _asking(learner, now)
        fields = _fields(asks.learner, Catalogue.of(asks.wants).wants(asks.wants, asks.has), told, now)
        return snapshot_of(request_bytes(fields | {"k": 1}, told))


def _asking(actor: User, now: datetime) -> Asking:
    found = asking(actor.pk, now=now)
    if found is None:
        raise _incomplete("profile", "Fill in your profile first: PATCH /api/v1/users/me/.")
    return found


def _incomplete(field: str, message: str) -> ProfileIncomplete:
    return ProfileIncomplete(message, errors=[FieldError(field, "required", message)])


def _read(actor: User, limit: int, wanted: dict[str, int] | None) -> _Question:
    now = timezone.now()
    asks = _asking(actor, now)
    levels = asks.wants if wanted is None else wanted
    if not levels:
        raise _incomplete("wanted_skills", "Say which skills you want and how far: PATCH /api/v1/users/me/.")
    catalogue = Catalogue.of(levels)
    if unknown := sorted(levels.keys() - catalogue.weights.keys()):
        raise InvalidInput.of("wanted", f"The catalogue has no skill {unknown[0]!r}; see GET /api/v1/skills/.")
    wants = catalogue.wants(levels, asks.has)
    mentors = candidates_for(wants, languages=asks.learner.languages, now=now)
    fields = _fields(asks.learner, wants, mentors, now) | {"k": limit}
    return _Question(asks.learner, catalogue.names, request_bytes(fields, mentors), mentors.count, now)


def _fields(learner: Learner, wants: list[Json], mentors: Mentors, now: datetime) -> Json:
    """What a request says of one learner, with the mentors' zones and how it went with those whom they met before."""
    return {
        "learner": learner.told(wants),
        "continuity": continuity_json({learner.id: learner.history}, mentors),
        "zones": zones_json(mentors.zones | {learner.time_zone}, now=now),
    }


def _suggestions(question: _Question, solved: Solved) -> Suggestions:
    """The answer with what the learner may read of the mentors; without one who closed their profile meanwhile."""
    answer, week = solved.answer, question.now.date()
    chosen = [UUID(one["mentor"]) for one in answer["suggestions"]]
    # No rows of models: of this request they would be a tenth.
    listings = MentorListing.objects.filter(profile__user__in=chosen).values_list(
        "profile__user", "profile__user__handle", "profile__user__display_name", "profile__headline", "country",
        "time_zone", "languages", "open_places", "described",
    )  # fmt: skip
    mentors = {str(listing[0]): listing for listing in listings}
    zone = ZoneInfo(question.learner.time_zone)
    own_minutes, offsets = in_utc_week(question.learner.slots, zone, week), offsets_in_week(zone, week)
    suggestions = []
    for one in answer["suggestions"]:
        if not (listing := mentors.get(one["mentor"])):
            continue
        *shown, open_places, described = listing
        mentor = SuggestedMentor(*shown)
        minutes = in_utc_week(orjson.loads(described)["slots"], ZoneInfo(mentor.time_zone), week)
        suggestions.append(
            Suggestion(
                mentor=mentor,
                score=one["score"],
                components=one["components"],
                why=why(
                    one,
                    skill_names=question.skill_names,
                    windows=shared_windows(own_minutes, minutes),
                    offsets=offsets,
                    zone=zone.key,
                ),
                places_left=open_places,
                overlap_minutes=one["overlap_minutes"],
                shared_languages=one["shared_languages"],
                matched_skills=one["matched_skills"],
            )
        )
    return Suggestions(
        suggestions=suggestions,
        solver=answer["solver"],
        solver_version=answer["version"],
        input_hash=answer["input_hash"],
        is_fallback=solved.is_fallback,
        notice=solved.notice,
        considered=question.considered,
    )
