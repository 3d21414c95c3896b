"""The base of every Celery task: counted attempts, the request id in the logs, effect and receipt in one transaction.

An app's `tasks.py` declares `@outbox_task("roadmaps.generate", queue="ai")` on a function of a `Delivery` and ids. Its
database effect runs inside `delivery.effect(…)`, network calls outside of it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog
from celery import current_app, shared_task
from django.db import transaction
from django.utils import timezone

from skillbridge_backend.core import context, outbox
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.models import IdempotencyRecord, InboxReceipt, OutboxMessage

log = structlog.get_logger(__name__)
Queue = Literal["default", "ai", "notify", "webhooks", "match"]
QUEUE_OF_TOPIC: dict[str, Queue] = {}


class EffectAlreadyThereError(Exception):
    """The message's effect was committed by an earlier delivery; the task ends here, successfully."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of one outbox message to a task."""

    message_id: UUID
    attempt: int
    actor_id: UUID | None = None

    @property
    def is_last_attempt(self) -> bool:
        """True when a failure now makes the message a dead letter."""
        return self.attempt >= outbox.MOST_ATTEMPTS

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


def outbox_task(topic: str, *, queue: Queue) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the Celery task `topic`; it is called with a Delivery and the message's payload."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def run(message_id: str, payload: dict[str, Any], request_id: str = "", actor_id: str | None = None) -> None:
            _deliver(function, topic, UUID(message_id), payload, request_id, UUID(actor_id) if actor_id else None)

        QUEUE_OF_TOPIC[topic] = queue
        shared_task(name=topic)(run)
        return function

    return register


def _deliver(
    function: Callable[..., None],
    topic: str,
    message_id: UUID,
    payload: dict[str, Any],
    request_id: str,
    actor_id: UUID | None,
) -> None:
    """Run one attempt. A failure is recorded in the outbox, which decides about the next one; Celery never retries."""
    token = context.request_id.set(request_id)
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id, topic=topic, message=str(message_id)):
            attempt = outbox.begin_attempt(message_id)
            if attempt is None:
                log.info("message_already_done")
                return
            if attempt > outbox.MOST_ATTEMPTS:
                # Every attempt before this one took its worker with it, so none of them could say so.
                outbox.record_failure(message_id, attempts=attempt, error="no attempt came to its end")
                log.error("task_given_up", attempt=attempt)
                return
            try:
                function(Delivery(message_id, attempt, actor_id), **payload)
            except EffectAlreadyThereError:
                log.info("effect_already_there")
            except Exception as error:
                is_dead = outbox.record_failure(message_id, attempts=attempt, error=f"{type(error).__name__}: {error}")
                log.exception("task_failed", attempt=attempt, is_dead=is_dead)
            else:
                log.info("task_done", attempt=attempt)
    finally:
        context.request_id.reset(token)


def send_to_broker(message_id: UUID, topic: str, payload: dict[str, Any], request_id: str, actor: UUID | None) -> None:
    """Hand one message to Celery. Raises kombu's OperationalError when the broker is away."""
    current_app.send_task(
        topic,
        args=[str(message_id), payload, request_id, str(actor) if actor else None],
        queue=QUEUE_OF_TOPIC[topic],
        task_id=str(message_id),
        retry=False,
        ignore_result=True,
    )


@shared_task(name="core.tick")
def tick(topic: str, slot_seconds: int) -> None:
    """Write the outbox row of a periodic job; the slot's number is its key, so one slot is one row, whoever ticks."""
    slot = int(datetime.now(UTC).timestamp()) // slot_seconds
    with transaction.atomic():
        outbox.publish(topic, payload={}, key=f"{topic}:{slot}")


@outbox_task("core.prune", queue="default")
def prune(delivery: Delivery) -> None:
    """Remove what is only kept for a time: done messages and receipts after 14 days, idempotency records after one."""
    now = timezone.now()
    fortnight = now - timedelta(days=14)
    with delivery.effect(acting_as_service()):
        OutboxMessage.objects.filter(done_at__lt=fortnight).delete()
        InboxReceipt.objects.filter(received_at__lt=fortnight).delete()
        IdempotencyRecord.objects.filter(created_at__lt=now - timedelta(days=1)).delete()
