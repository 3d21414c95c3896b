"""The transactional outbox: effects outside the database begin as a row in the transaction of the fact.

`publish` writes the row. The relay (`manage.py relay`, `relay.py`) hands due rows to Celery, the task's effect and its
inbox receipt are one transaction (`tasks.py`). A row is handed over again when its lease ends without an effect, so
nothing is lost; the receipt makes a repeat harmless. Docs: docs/decisions/0004-outbox.md.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from skillbridge_backend.core import context
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.rendering import to_json

CHANNEL = "core_outbox"
"""NOTIFY channel on which the insert trigger wakes the relay."""

LEASE = timedelta(seconds=60)
"""How long a message may wait in the broker before it is handed over again: one that was lost there is late by so much.

Shorter than the broker's own redelivery, for a copy is harmless: `begin_attempt` turns it away.
"""

MOST_ATTEMPTS = 5
LONGEST_BACKOFF_SECONDS = 600.0


def publish(
    topic: str,
    *,
    payload: Mapping[str, Any],
    key: str | None = None,
    actor_id: UUID | None = None,
    available_at: datetime | None = None,
) -> UUID:
    """Write one message in the current transaction and return its id; with `key`, only the first of equal keys is kept.

    `topic` is the name of an outbox task, `payload` its keyword arguments: ids and small values, no secrets. Raises
    RuntimeError outside a transaction, where fact and message could part. The writer needs INSERT on the outbox,
    nothing more.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an outbox message is written in the transaction of its fact, and there is none")
    message_id = new_id()
    now = timezone.now()
    with connection.cursor() as cursor:
        # By hand, because ON CONFLICT on `key` together with RETURNING would need the right to read the row.
        cursor.execute(
            """
            INSERT INTO core_outbox
                (id, topic, payload, key, actor_id, request_id, created_at, available_at, attempts, last_error)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, '')
            ON CONFLICT DO NOTHING
            """,
            [
                message_id,
                topic,
                to_json(dict(payload)).decode(),
                key,
                actor_id or context.actor_id.get(),
                context.request_id.get(),
                now,
                available_at or now,
            ],
        )
    return message_id


def backoff(attempts: int) -> timedelta:
    """The pause after the given number of attempts: up to 2ⁿ × 2 s, at most ten minutes, with full jitter.

    Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    ceiling = min(2.0**attempts * 2.0, LONGEST_BACKOFF_SECONDS)
    return timedelta(seconds=random.uniform(0, ceiling))  # noqa: S311  # spreads load, guards nothing


def begin_attempt(message_id: UUID, *, attempts_before: int, lease: timedelta) -> int | None:
    """Count this attempt, committed before it runs, and return its number.

    `attempts_before` is how many there were when the relay handed this copy over. None when there is nothing to do: the
    message is done, dead or gone, or an attempt has begun since, such that this copy is one too many. For the time of
    the lease the relay leaves the message alone; an attempt that died is followed by the next one then.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_outbox
            SET attempts = attempts + 1, available_at = now() + make_interval(secs => %(lease)s),
                running_until = now() + make_interval(secs => %(lease)s)
            WHERE id = %(id)s AND attempts = %(before)s AND done_at IS NULL AND dead_at IS NULL
            RETURNING attempts
            """,
            {"id": message_id, "before": attempts_before, "lease": lease.total_seconds()},
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def record_failure(message_id: UUID, *, attempts: int, error: str) -> bool:
    """Put the message off, or among the dead letters after the last attempt; True when it is dead.

    `attempts` is the number of the attempt that failed; a later one that runs already is left alone.
    """
    is_dead = attempts >= MOST_ATTEMPTS
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_outbox SET last_error = %s, dead_at = %s, available_at = %s, running_until = NULL"
            " WHERE id = %s AND attempts <= %s AND done_at IS NULL",
            [error[:2000], now if is_dead else None, now + backoff(attempts), message_id, attempts],
        )
    return is_dead


def take_receipt(message_id: UUID) -> bool:
    """First statement of an effect's transaction: True the first time, False when the effect is already there.

    A second worker with the same message waits here until the first commits or rolls back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_inbox (message_id, received_at) VALUES (%s, now()) ON CONFLICT DO NOTHING", [message_id]
        )
        is_first = bool(cursor.rowcount == 1)
        if is_first:
            cursor.execute("UPDATE core_outbox SET done_at = now(), running_until = NULL WHERE id = %s", [message_id])
    return is_first
