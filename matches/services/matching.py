"""Who fits whom: suggestions for one learner, and the score of a pair. Rounds: `round_jobs.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from matches.exceptions import MentorUnavailable, ProfileIncomplete
from matches.services.explanations import shared_windows, why
from matches.services.people import (
    Json,
    Mentors,
    candidates_for,
    continuity_json,
    histories_of,
    learner_json,
    mentors_told,
    request_bytes,
    zones_json,
)
from matches.services.rounds import snapshot_of
from matches.services.solving import Solved, solve_or_recall
from matches.services.wants import Catalogue
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.errors import FieldError, InvalidInput
from users.availability import offsets_in_week
from users.models import MentorListing, Profile, User

MOST_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mentor who fits, and why."""

    mentor: Profile
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

    learner: Profile
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
        profile = _own_profile(learner)
        wanted = _own_wants(profile)
        told = mentors_told(MentorListing.objects.filter(pk=mentor.pk))
        if not told.count:
            raise MentorUnavailable("The mentor takes nobody any more; look at the other suggestions.")
        fields = _fields(profile, Catalogue.of(wanted).wants(wanted, profile.levels_of(wanted)), told, now)
        return snapshot_of(request_bytes(fields | {"k": 1}, told))


def _own_profile(actor: User) -> Profile:
    profile = Profile.objects.filter(user=actor).prefetch_related("availability").first()
    if profile is None:
        raise _incomplete("profile", "Fill in your profile first: PATCH /api/v1/users/me/.")
    return profile


def _incomplete(field: str, message: str) -> ProfileIncomplete:
    return ProfileIncomplete(message, errors=[FieldError(field, "required", message)])


def _read(actor: User, limit: int, wanted: dict[str, int] | None) -> _Question:
    learner = _own_profile(actor)
    levels = _own_wants(learner) if wanted is None else wanted
    if not levels:
        raise _incomplete("wanted_skills", "Say which skills you want and how far: PATCH /api/v1/users/me/.")
    catalogue, now = Catalogue.of(levels), timezone.now()
    if unknown := sorted(levels.keys() - catalogue.weights.keys()):
        raise InvalidInput.of("wanted", f"The catalogue has no skill {unknown[0]!r}; see GET /api/v1/skills/.")
    wants = catalogue.wants(levels, learner.levels_of(levels))
    mentors = candidates_for(learner, wants, now=now)
    fields = _fields(learner, wants, mentors, now) | {"k": limit}
    return _Question(learner, catalogue.names, request_bytes(fields, mentors), mentors.count, now)


def _fields(learner: Profile, wants: list[Json], mentors: Mentors, now: datetime) -> Json:
    """What a request says of one learner, with the mentors' zones and how it went with those whom they met before."""
    histories = histories_of([learner.user_id], now=now)
    return {
        "learner": learner_json(learner, wants, attendance_permille=histories[learner.user_id].attendance_permille),
        "continuity": continuity_json(histories, mentors),
        "zones": zones_json(mentors.zones | {learner.time_zone}, now=now),
    }


def _own_wants(learner: Profile) -> dict[str, int]:
    """Levels of the profile's wanted skills, by slug."""
    return dict(learner.wanted_skills.values_list("skill__slug", "level"))


def _suggestions(question: _Question, solved: Solved) -> Suggestions:
    """The answer with what the learner may read of the mentors; without one who closed their profile meanwhile."""
    answer, week = solved.answer, question.now.date()
    chosen = Profile.objects.filter(user__in=[UUID(one["mentor"]) for one in answer["suggestions"]])
    mentors = {str(mentor.user_id): mentor for mentor in chosen.listed()}
    own_minutes = question.learner.utc_minutes(week)
    offsets = offsets_in_week(ZoneInfo(question.learner.time_zone), week)
    return Suggestions(
        suggestions=[
            Suggestion(
                mentor=mentor,
                score=one["score"],
                components=one["components"],
                why=why(
                    one,
                    skill_names=question.skill_names,
                    windows=shared_windows(own_minutes, mentor.utc_minutes(week)),
                    offsets=offsets,
                    zone=question.learner.time_zone,
                ),
                places_left=mentor.open_places,  # type: ignore[attr-defined]  # annotated
                overlap_minutes=one["overlap_minutes"],
                shared_languages=one["shared_languages"],
                matched_skills=one["matched_skills"],
            )
            for one in answer["suggestions"]
            if (mentor := mentors.get(one["mentor"]))
        ],
        solver=answer["solver"],
        solver_version=answer["version"],
        input_hash=answer["input_hash"],
        is_fallback=solved.is_fallback,
        notice=solved.notice,
        considered=question.considered,
    )
