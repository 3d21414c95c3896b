"""Dead letters: messages whose five attempts all failed. They wait for somebody to look; nothing decides by itself.

Replaying gives a message five new attempts, dropping removes it. Either leaves a DeadLetterFate that nobody can change:
what the message was, its last error, who decided. For `manage.py dead_letters` and the admin; callers act as service.

A topic with a job of its own says by `on_given_up` how the job ends with its message, whatever ended the attempts, a
worker that was killed each time included. Five new attempts would find nothing to do then: by `before_replay` it says
how the job is opened again, or why it cannot be.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.models import DeadLetterFate, OutboxMessage

log = structlog.get_logger(__name__)


class UnknownDeadLettersError(Exception):
    """Some of the ids are no dead letters; nothing was done. `ids` are those."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self.ids = sorted(ids)
        super().__init__(", ".join(str(one) for one in self.ids))


class ReplayRefusedError(Exception):
    """The job behind this dead letter cannot run again; the text says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Decided:
    """How many dead letters it was done to, and why it was not done to others, which stay as they are."""

    count: int
    refused: dict[UUID, str] = field(default_factory=dict)


Opening = Callable[..., None]
_openings: dict[str, Opening] = {}
Ending = Callable[..., None]
_endings: dict[str, Ending] = {}


def before_replay(topic: str) -> Callable[[Opening], Opening]:
    """Register what opens the job of this topic again: called with the payload, in the transaction of the replay.

    It raises ReplayRefusedError where the job cannot run again.
    """

    def register(function: Opening) -> Opening:
        _openings[topic] = function
        return function

    return register


def on_given_up(topic: str) -> Callable[[Ending], Ending]:
    """Register what ends the job of this topic when no attempt is left: called with the payload, as service.

    It runs in the transaction that makes the message a dead letter. Nothing may happen where the job has ended.
    """

    def register(function: Ending) -> Ending:
        _endings[topic] = function
        return function

    return register


def give_up(message_id: UUID, *, topic: str, payload: Mapping[str, Any], attempts: int, error: str) -> None:
    """Make a message a dead letter and end its job, both or neither.

    Raises what says that the database is away. A job that cannot be ended for another reason is left as it is, and the
    log says so: the dead letter is what somebody looks at.
    """
    with transaction.atomic():
        outbox.record_failure(message_id, attempts=attempts, error=error)
        ending = _endings.get(topic)
        if ending is None:
            return
        try:
            with acting_as_service():
                ending(**payload)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            log.exception("job_not_ended", topic=topic, message=str(message_id))


def dead_letters(*, ids: Iterable[UUID] | None = None, topic: str = "") -> "QuerySet[OutboxMessage]":
    """All dead letters, or those with these ids, or those of a topic; the longest dead first."""
    letters = OutboxMessage.objects.filter(dead_at__isnull=False).order_by("dead_at", "id")
    if ids is not None:
        letters = letters.filter(pk__in=list(ids))
    return letters.filter(topic=topic) if topic else letters


def replay(*, decided_by: str, ids: Iterable[UUID] | None = None, topic: str = "") -> Decided:
    """Give dead letters five new attempts, from now on, with their jobs open; their last error stays until the next.

    One whose job cannot run again is refused, and stays. A repeat finds none. Locks the rows, then what the jobs need.
    Raises UnknownDeadLettersError when one of `ids` is not a dead letter.
    """
    return _decide(DeadLetterFate.Action.REPLAYED, decided_by=decided_by, ids=ids, topic=topic)


def drop(*, decided_by: str, ids: Iterable[UUID] | None = None, topic: str = "") -> Decided:
    """Remove dead letters for good; what they were is kept as their fate.

    Locks the rows. Raises UnknownDeadLettersError when one of `ids` is not a dead letter.
    """
    return _decide(DeadLetterFate.Action.DROPPED, decided_by=decided_by, ids=ids, topic=topic)


@transaction.atomic
def _decide(action: DeadLetterFate.Action, *, decided_by: str, ids: Iterable[UUID] | None, topic: str) -> Decided:
    wanted = None if ids is None else set(ids)
    letters = list(dead_letters(ids=wanted, topic=topic).select_for_update())
    if wanted and (unknown := wanted - {letter.pk for letter in letters}):
        raise UnknownDeadLettersError(unknown)
    refused: dict[UUID, str] = {}
    if action == DeadLetterFate.Action.REPLAYED:
        refused = {letter.pk: why for letter in letters if (why := _why_not_again(letter))}
        letters = [letter for letter in letters if letter.pk not in refused]
    DeadLetterFate.objects.bulk_create(_fate(letter, action, decided_by) for letter in letters)
    rows = OutboxMessage.objects.filter(pk__in=[letter.pk for letter in letters])
    if action == DeadLetterFate.Action.DROPPED:
        rows.delete()
    else:
        rows.update(dead_at=None, attempts=0, running_until=None, available_at=timezone.now())
    for letter in letters:
        log.warning("dead_letter_decided", action=action, message=str(letter.pk), topic=letter.topic, by=decided_by)
    return Decided(len(letters), refused)


def _why_not_again(letter: OutboxMessage) -> str:
    """Empty when the job is open, or was opened again just now."""
    opening = _openings.get(letter.topic)
    if opening is None:
        return ""
    try:
        # A savepoint: what a refusal has begun is undone, and the others are replayed.
        with transaction.atomic():
            opening(**letter.payload)
    except ReplayRefusedError as refusal:
        return str(refusal)
    return ""


def _fate(letter: OutboxMessage, action: DeadLetterFate.Action, decided_by: str) -> DeadLetterFate:
    return DeadLetterFate(
        message_id=letter.pk,
        action=action,
        decided_by=decided_by[:200],
        topic=letter.topic,
        payload=letter.payload,
        actor_id=letter.actor_id,
        request_id=letter.request_id,
        attempts=letter.attempts,
        last_error=letter.last_error,
        died_at=letter.dead_at or timezone.now(),
    )
