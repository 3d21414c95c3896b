"""A round's job: begun, solved with nothing open and a heartbeat beside it, finished; ended when nobody runs it.

What is made of its answer is in `round_decisions.py`. Each method locks the round and nothing else.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from matches.enums import UNFINISHED, RoundStatus
from matches.models import HIGHEST_SCORE, LONGEST_DEADLINE_SECONDS, SHORTEST_DEADLINE_SECONDS, MatchRound
from matches.services.rounds import request_of_round
from matches.services.solving import Solved
from matches.services.solving_apart import NoAnswerError, RoundStoppedError, solve_apart
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.dead_letters import ReplayRefusedError
from skillbridge_backend.core.errors import InvalidInput, PermissionDenied
from users.models import User

SILENCE = timedelta(minutes=4)
"""A round that runs and was not heard of for so long has lost its worker, and nobody took it over.

Longer than an attempt has the message to itself (`core/queues.py`): what a worker left behind is begun again first.
"""


class RoundOptions(TypedDict, total=False):
    """What a round aims at beside the highest sum of scores; the fields of the same names in `MatchRound`."""

    is_fair: bool
    floor_loss_permille: int | None
    sticky_bonus: int
    weekly_priority: int


@dataclass(frozen=True, slots=True)
class RoundTask:
    """A round that runs, and what the matcher is asked."""

    round_id: UUID
    request: bytes
    deadline_seconds: int


@dataclass(frozen=True, slots=True)
class RoundAnswer:
    """What came of solving: an answer, or why there is none."""

    solved: Solved | None
    error: str = ""


class RoundJobService:
    """The job from its order to its answer. All but `request` with the rights of the service."""

    @staticmethod
    def request(*, actor: User, deadline_seconds: int | None = None, **options: Unpack[RoundOptions]) -> MatchRound:
        """A queued round, run by a worker within the deadline, 5 to 90 s. For moderators and admins.

        Errors: `permission_denied`, `validation_failed`, `round_already_queued`.
        """
        if not actor.is_moderating:
            raise PermissionDenied("Only moderators and admins start rounds.")
        deadline = deadline_seconds or settings.MATCH_ROUND_DEADLINE_SECONDS
        _demand("deadline_seconds", deadline, SHORTEST_DEADLINE_SECONDS, LONGEST_DEADLINE_SECONDS)
        _demand("floor_loss_permille", options.get("floor_loss_permille") or 0, 0, 1000)
        _demand("sticky_bonus", options.get("sticky_bonus", 0), 0, HIGHEST_SCORE)
        _demand("weekly_priority", options.get("weekly_priority", 0), 0, HIGHEST_SCORE)
        with database_refusals():
            queued = MatchRound.objects.create(requested_by=actor, deadline_seconds=deadline, **options)
        outbox.publish("matches.run_round", payload={"round_id": str(queued.pk)}, key=f"matches.run_round:{queued.pk}")
        return queued

    @staticmethod
    def begin(*, round_id: UUID) -> RoundTask | None:
        """Mark the round as running and return what to ask; None when it was cancelled, has ended or is gone."""
        found = _locked(round_id)
        if found is None or found.status not in UNFINISHED:
            return None
        now = timezone.now()
        found.status, found.started_at, found.heartbeat_at = RoundStatus.RUNNING, found.started_at or now, now
        found.save(update_fields=["status", "started_at", "heartbeat_at", "updated_at"])
        return RoundTask(found.pk, request_of_round(found, now), found.deadline_seconds)

    @staticmethod
    def solve(task: RoundTask) -> RoundAnswer | None:
        """The answer, or why there is none; None when the round was cancelled meanwhile. Call it in no transaction."""
        try:
            return RoundAnswer(
                solve_apart(
                    task.request,
                    deadline_seconds=task.deadline_seconds,
                    beat=lambda: RoundJobService.beat(round_id=task.round_id),
                )
            )
        except RoundStoppedError:
            return None
        except NoAnswerError as error:
            return RoundAnswer(None, str(error))

    @staticmethod
    def beat(*, round_id: UUID) -> bool:
        """Write the heartbeat, in a transaction of its own; False when the round is not running any more.

        The version that ETags are made of stays: a heartbeat is no change that anybody decides about.
        """
        with acting_as_service():
            running = MatchRound.objects.filter(pk=round_id, status=RoundStatus.RUNNING)
            return running.update(heartbeat_at=timezone.now()) == 1

    @staticmethod
    def finish(*, round_id: UUID, answer: RoundAnswer) -> None:
        """Store everything that explains the round, for people to look at; nobody is proposed to anybody yet.

        Nothing is stored when the round does not run any more: it was cancelled, or given up for silence.
        """
        found = _locked(round_id)
        if found is None or found.status != RoundStatus.RUNNING:
            return
        if answer.solved is None:
            _fail(found, answer.error)
            return
        result = answer.solved.answer
        found.status, found.finished_at = RoundStatus.PROPOSED, timezone.now()
        found.is_fallback = answer.solved.is_fallback
        found.input_hash, found.objective = result["input_hash"], result["objective"]
        found.solver, found.solver_version = result["solver"], result["version"]
        found.result = result
        found.save()

    @staticmethod
    def fail(*, round_id: UUID) -> None:
        """The round is over without a result; why is in the logs and in its dead letter."""
        found = _locked(round_id)
        if found is not None and found.status in UNFINISHED:
            _fail(found, "The round could not be run; we have been told.")

    @staticmethod
    def fail_silent() -> int:
        """End the rounds whose workers are gone, and return how many; skips rows in use. A repeat is harmless."""
        silent = list(MatchRound.objects.silent_since(timezone.now() - SILENCE).select_for_update(skip_locked=True))
        for found in silent:
            _fail(found, "The worker that ran it was not heard of for minutes. Start another round.")
        return len(silent)

    @staticmethod
    def open_again(*, round_id: UUID) -> None:
        """Queue a round that failed; nothing changes where its job has not ended.

        Raises ReplayRefusedError when it has an answer, was cancelled, is gone, or a later round has run, runs or
        waits.
        """
        found = _locked(round_id)
        if found is None:
            raise ReplayRefusedError("the round was deleted; drop this message and start a round")
        if found.status in UNFINISHED:
            return
        if found.status == RoundStatus.CANCELLED:
            raise ReplayRefusedError("the round was cancelled; drop this message")
        if found.status != RoundStatus.FAILED:
            raise ReplayRefusedError("the round has run already; drop this message")
        over = (RoundStatus.FAILED, RoundStatus.CANCELLED)
        if MatchRound.objects.filter(pk__gt=round_id).exclude(status__in=over).exists():
            raise ReplayRefusedError("a later round has run or waits, for the same people; drop this message")
        if MatchRound.objects.filter(status=RoundStatus.QUEUED).exists():
            raise ReplayRefusedError("another round waits already; replay this one after it, or drop it")
        _reset(found)


def _demand(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput.of(field, f"Write {least} to {most}.")


def _reset(found: MatchRound) -> None:
    changes: dict[str, Any] = {
        "status": RoundStatus.QUEUED, "error": "", "started_at": None, "heartbeat_at": None, "finished_at": None
    }  # fmt: skip
    for name, value in changes.items():
        setattr(found, name, value)
    found.save(update_fields=[*changes, "updated_at"])


def _fail(found: MatchRound, error: str) -> None:
    found.status, found.error, found.finished_at = RoundStatus.FAILED, error, timezone.now()
    found.save(update_fields=["status", "error", "finished_at", "updated_at"])


def _locked(round_id: UUID) -> MatchRound | None:
    return MatchRound.objects.select_for_update().filter(pk=round_id).first()
