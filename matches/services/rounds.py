"""Rounds: everybody who seeks assigned to everybody who offers, in one exact optimum. Used through MatchingService."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Exists, OuterRef
from django.utils import timezone

from matches import solver
from matches.enums import MatchStatus, RoundStatus
from matches.models import MatchRound, MentorMatch, Session
from matches.services.people import (
    MOST_CANDIDATES,
    continuity_json,
    learner_json,
    mentors_told,
    request_bytes,
    zones_json,
)
from matches.services.solving import Solved, solve
from matches.services.wants import Catalogue
from skillbridge_backend.core import outbox
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.dead_letters import ReplayRefusedError
from skillbridge_backend.core.errors import NotFound, PermissionDenied
from users.models import MentorListing, Profile, User

ROUND_TIMEOUT_SECONDS = 60.0
"""Below the worker's soft time limit."""

PROPOSAL_LIFETIME = timedelta(days=14)
DECLINE_COUNTS_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RoundAnswer:
    """What came of solving: an answer, or an error."""

    solved: Solved | None
    error: str = ""


def queue(*, actor: User) -> MatchRound:
    """Write the round and the message that has it run."""
    if not actor.is_moderating:
        raise PermissionDenied("Only moderators and admins start rounds.")
    with database_refusals():
        queued = MatchRound.objects.create(requested_by=actor)
    outbox.publish("matches.run_round", payload={"round_id": str(queued.pk)}, key=f"matches.run_round:{queued.pk}")
    return queued


def begin(*, round_id: UUID, now: datetime) -> bytes:
    """The request to the matcher; the round is running from here on."""
    found = _locked(round_id)
    found.status, found.started_at = RoundStatus.RUNNING, found.started_at or now
    found.save(update_fields=["status", "started_at", "updated_at"])
    return _request(now)


def answer(request: bytes) -> RoundAnswer:
    """Solved by the matcher or the built-in solver; a round too large for the latter has an error instead."""
    try:
        return RoundAnswer(solve("match", request, timeout_seconds=ROUND_TIMEOUT_SECONDS))
    except solver.ProblemTooLargeError as error:
        return RoundAnswer(None, f"The matcher is away, and {error}. Start another round when the matcher is back.")


def finish(*, round_id: UUID, answer: RoundAnswer, now: datetime) -> MatchRound:
    """Store everything that explains the round; its assignments become proposals, except where a pair met meanwhile."""
    found = _locked(round_id)
    found.finished_at = now
    if answer.solved is None:
        found.status, found.error = RoundStatus.FAILED, answer.error
        found.save()
        return found
    result = answer.solved.answer
    found.status = RoundStatus.SUCCEEDED
    found.is_fallback = answer.solved.is_fallback
    found.input_hash, found.objective = result["input_hash"], result["objective"]
    found.solver, found.solver_version = result["solver"], result["version"]
    found.result = result
    found.save()
    MentorMatch.objects.bulk_create(
        [
            MentorMatch(
                learner_id=UUID(one["learner"]),
                mentor_id=UUID(one["mentor"]),
                round=found,
                status=MatchStatus.PROPOSED,
                expires_at=now + PROPOSAL_LIFETIME,
                **_score_fields(one, result),
            )
            for one in result["assignments"]
        ],
        ignore_conflicts=True,
    )
    return found


def open_again(*, round_id: UUID) -> None:
    """Queue a round that failed; nothing changes where it has not ended. Rights of the service; locks the round.

    Raises ReplayRefusedError when it succeeded, is gone, or a later round has run, runs or waits.
    """
    found = MatchRound.objects.select_for_update().filter(pk=round_id).first()
    if found is None:
        raise ReplayRefusedError("the round was deleted; drop this message and start a round")
    if found.status == RoundStatus.SUCCEEDED:
        raise ReplayRefusedError("the round has run already; drop this message")
    if not found.finished_at:
        return
    if MatchRound.objects.filter(pk__gt=round_id).exclude(status=RoundStatus.FAILED).exists():
        raise ReplayRefusedError("a later round has run or waits, for the same people; drop this message")
    if MatchRound.objects.filter(status=RoundStatus.QUEUED).exists():
        raise ReplayRefusedError("another round waits already; replay this one after it, or drop it")
    found.status, found.error, found.started_at, found.finished_at = RoundStatus.QUEUED, "", None, None
    found.save(update_fields=["status", "error", "started_at", "finished_at", "updated_at"])


def snapshot_of(request: bytes) -> dict[str, Any]:
    """A single pair's score as fields of a match; no score when the pair is absent."""
    result = solver.solve("suggest", orjson.loads(request))
    if not result["suggestions"]:
        reason = next(name for name, count in result["excluded"].items() if count)
        return {"matcher": _who(result) | {"absent_because": reason}}
    return _score_fields(result["suggestions"][0], result)


def _score_fields(pair: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    shared = {name: pair[name] for name in ("matched_skills", "overlap_minutes", "shared_languages")}
    return {"score": pair["score"], "components": pair["components"], "matcher": _who(result) | shared}


def _who(result: dict[str, Any]) -> dict[str, Any]:
    return {name: result[name] for name in ("solver", "version", "input_hash")}


def _locked(round_id: UUID) -> MatchRound:
    found = MatchRound.objects.select_for_update().filter(pk=round_id).first()
    if found is None:
        raise NotFound("This round does not exist.")
    return found


def _request(now: datetime) -> bytes:
    """Learners who seek and have nobody, longest waiting first; mentors with a place left; pairs that are out."""
    has_somebody = MentorMatch.objects.filter(learner=OuterRef("user")).open()
    seeking = (
        Profile.objects.filter(is_seeking_mentoring=True, user__is_active=True, wanted_skills__isnull=False)
        .filter(~Exists(has_somebody))
        .distinct()
        .prefetch_related("wanted_skills__skill", "skills__skill", "availability")
        .order_by("created_at", "id")[:MOST_CANDIDATES]
    )
    mentors = mentors_told(MentorListing.objects.with_capacity().not_on_leave())
    wanted = {profile.pk: {want.skill.slug: want.level for want in profile.wanted_skills.all()} for profile in seeking}
    catalogue = Catalogue.of({slug for levels in wanted.values() for slug in levels})
    people = [profile.user_id for profile in seeking]
    kept = Session.objects.filter(learner__in=people).attendance_permille(now=now)
    learners = [
        learner_json(
            profile,
            catalogue.wants(wanted[profile.pk], {known.skill.slug: known.level for known in profile.skills.all()}),
            attendance_permille=kept.get(profile.user_id),
            waiting_days=max(0, (now - profile.created_at).days),
        )
        for profile in seeking
    ]
    met = MentorMatch.objects.filter(learner__in=people)
    fields = {
        "learners": learners,
        "continuity": continuity_json(met.over().with_learners_rating(), mentors),
        "zones": zones_json(mentors.zones | {one["time_zone"] for one in learners}, now=now),
        "constraints": {"forbidden": _forbidden({one["id"] for one in learners}, mentors.ids())},
    }
    return request_bytes(fields, mentors)


def _forbidden(learners: set[str], mentors: set[str]) -> list[dict[str, str]]:
    """Nobody with themselves, and not again so soon after a refusal."""
    pairs = {(person, person) for person in learners & mentors}
    refused = MentorMatch.objects.filter(
        status__in=[MatchStatus.DECLINED, MatchStatus.CANCELLED, MatchStatus.ENDED_EARLY],
        ended_at__gt=timezone.now() - DECLINE_COUNTS_FOR,
        learner__in=[UUID(one) for one in learners],
        mentor__in=[UUID(one) for one in mentors],
    ).values_list("learner", "mentor")
    pairs |= {(str(learner), str(mentor)) for learner, mentor in refused}
    return [{"learner": learner, "mentor": mentor} for learner, mentor in sorted(pairs)]
