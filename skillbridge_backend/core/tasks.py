"""The base of every Celery task: counted attempts, the request id in the logs, effect and receipt in one transaction.

An app's `tasks.py` declares `@outbox_task("roadmaps.generate", queue="ai")` on a function of a `Delivery` and ids. Its
database effect runs inside `delivery.effect(…)`, network calls outside of it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import current_app, shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.utils import timezone

from skillbridge_backend.core import context, dead_letters, outbox
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import TIMETABLE, Every
from skillbridge_backend.core.models import IdempotencyRecord, InboxReceipt, OutboxMessage, Tick
from skillbridge_backend.core.queues import QUEUES, QueueName
from skillbridge_backend.core.retention import delete_in_batches

log = structlog.get_logger(__name__)
QUEUE_OF_TOPIC: dict[str, QueueName] = {}
RESTART_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Together less than the soft limit of the quickest queue."""


class EffectAlreadyThereError(Exception):
    """The message's effect was committed by an earlier delivery; the task ends here, successfully."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of one outbox message to a task."""

    message_id: UUID
    attempt: int
    actor_id: UUID | None = None

    @contextmanager
    def effect(self, rights: AbstractContextManager[None]) -> Iterator[None]:
        """The transaction of the effect, run with `rights` (`acting_as(…)` or `acting_as_service()`).

        The receipt is its first statement. Raises EffectAlreadyThereError, which ends the task, on a repeat.
        """
        with transaction.atomic():
            if not outbox.take_receipt(self.message_id):
                raise EffectAlreadyThereError
            with rights:
                yield


def outbox_task(
    topic: str, *, queue: QueueName, every: Every | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the Celery task `topic`; it is called with a Delivery and the message's payload.

    With `every` beat publishes it too, with an empty payload.
    """
    limits = QUEUES[queue]

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def run(
            message_id: str,
            payload: dict[str, Any],
            attempts_before: int,
            request_id: str = "",
            actor_id: str | None = None,
        ) -> None:
            actor = UUID(actor_id) if actor_id else None
            _deliver(function, topic, UUID(message_id), payload, attempts_before, request_id, actor)

        QUEUE_OF_TOPIC[topic] = queue
        if every:
            TIMETABLE[topic] = every
        shared_task(name=topic, soft_time_limit=limits.soft_limit_seconds, time_limit=limits.hard_limit_seconds)(run)
        return function

    return register


def _deliver(
    function: Callable[..., None],
    topic: str,
    message_id: UUID,
    payload: dict[str, Any],
    attempts_before: int,
    request_id: str,
    actor_id: UUID | None,
) -> None:
    """Run one attempt. A failure is recorded in the outbox, which decides about the next one; Celery never retries."""
    token = context.request_id.set(request_id)
    if not connection.in_atomic_block:  # as in tests, whose connection is theirs
        # As Django does for each request: a connection that was lost, or is old, is not used.
        close_old_connections()
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id, topic=topic, message=str(message_id)):
            attempt = _begin(message_id, attempts_before, QUEUES[QUEUE_OF_TOPIC[topic]].attempt_lease)
            if attempt is None:
                log.info("nothing_to_do")
                return
            if attempt > outbox.MOST_ATTEMPTS:
                # Every attempt before this one took its worker with it, so none of them could say so.
                error = "no attempt came to its end"
                dead_letters.give_up(message_id, topic=topic, payload=payload, attempts=attempt, error=error)
                log.error("task_given_up", attempt=attempt)
                return
            try:
                function(Delivery(message_id, attempt, actor_id), **payload)
            except EffectAlreadyThereError:
                log.info("effect_already_there")
            except Exception as exception:
                error = f"{type(exception).__name__}: {exception}"
                is_dead = attempt >= outbox.MOST_ATTEMPTS
                log.exception("task_failed", attempt=attempt, is_dead=is_dead)
                if is_dead:
                    dead_letters.give_up(message_id, topic=topic, payload=payload, attempts=attempt, error=error)
                else:
                    outbox.record_failure(message_id, attempts=attempt, error=error)
            else:
                log.info("task_done", attempt=attempt)
    finally:
        context.request_id.reset(token)


def _begin(message_id: UUID, attempts_before: int, lease: timedelta) -> int | None:
    """What `begin_attempt` answers, with patience for a database that restarts.

    Without it a worker would run through all that waits in the broker while the database is away, and each message
    would be late by its lease.
    """
    for pause in RESTART_PAUSES_SECONDS:
        try:
            return outbox.begin_attempt(message_id, attempts_before=attempts_before, lease=lease)
        except (InterfaceError, OperationalError) as error:
            log.warning("database_is_away", reason=str(error)[:200], seconds=pause)
            connection.close()
            time.sleep(pause)
    return outbox.begin_attempt(message_id, attempts_before=attempts_before, lease=lease)


def send_to_broker(
    message_id: UUID, topic: str, payload: dict[str, Any], attempts: int, request_id: str, actor: UUID | None
) -> None:
    """Hand one message to Celery, with the number of its attempts so far.

    Raises kombu's OperationalError when the broker is away.
    """
    current_app.send_task(
        topic,
        args=[str(message_id), payload, attempts, request_id, str(actor) if actor else None],
        queue=QUEUE_OF_TOPIC[topic],
        task_id=str(message_id),
        retry=False,
        ignore_result=True,
    )


@outbox_task("core.prune", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=17)))
def prune(delivery: Delivery) -> None:
    """Remove what is only kept for a time: messages, receipts and ticks, idempotency records after a day."""
    now = timezone.now()
    kept_since = now - timedelta(days=settings.RETENTION_OUTBOX_DAYS)
    for rows in (
        OutboxMessage.objects.filter(done_at__lt=kept_since),
        InboxReceipt.objects.filter(received_at__lt=kept_since),
        Tick.objects.filter(slot__lt=kept_since),
        IdempotencyRecord.objects.filter(created_at__lt=now - timedelta(days=1)),
    ):
        log.info("pruned", model=rows.model.__name__, rows=delete_in_batches(rows))
    with delivery.effect(acting_as_service()):
        pass  # the batches are transactions of their own, and harmless to repeat
