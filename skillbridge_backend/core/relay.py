"""The relay: takes due outbox rows and hands them to the broker, until told to stop.

It wakes on NOTIFY and sweeps every few seconds besides, so a lost notification costs seconds, not the message. Several
relays can run: rows are claimed with SKIP LOCKED. While the broker is away nothing is lost: the transaction rolls back
and the rows wait.
"""

import json
import select
import threading
from typing import Any
from uuid import UUID

import structlog
from celery import current_app
from django.db import DatabaseError, connection, transaction
from kombu.exceptions import OperationalError as BrokerError

from skillbridge_backend.core import outbox
from skillbridge_backend.core.tasks import QUEUE_OF_TOPIC, send_to_broker

log = structlog.get_logger(__name__)

BATCH = 100
SWEEP_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 15.0


def relay_once() -> int:
    """Hand over at most one batch of due messages and return how many; 0 when none is due.

    The broker is called inside the transaction that holds the rows, the one exception to the rule: a crash between
    claim and hand-over then leaves them due at once, and a message handed over twice is harmless. The call has a
    time-out of seconds.
    """
    with transaction.atomic():
        rows = _claim()
        for message_id, topic, payload, request_id, actor_id in rows:
            if topic in QUEUE_OF_TOPIC:
                send_to_broker(message_id, topic, payload, request_id, actor_id)
            else:
                outbox.record_failure(message_id, attempts=outbox.MOST_ATTEMPTS, error=f"no task is named {topic}")
    return len(rows)


def run_until(stop: threading.Event) -> None:
    """Relay until `stop` is set; survives a broker or database that is away, with growing pauses up to 15 s."""
    # Registers every app's tasks, and with them the queue of each topic.
    current_app.loader.import_default_modules()
    pause = 0.5
    while not stop.is_set():
        try:
            _listen()
            while not stop.is_set():
                if relay_once() < BATCH:
                    _wait_for_news(stop)
                pause = 0.5
        except (BrokerError, OSError, DatabaseError) as error:
            log.warning("relay_waits", reason=f"{type(error).__name__}: {error}"[:200], seconds=pause)
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    connection.close()


def _claim() -> list[tuple[UUID, str, dict[str, Any], str, UUID | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_outbox SET available_at = now() + make_interval(secs => %s)
            WHERE id IN (
                SELECT id FROM core_outbox
                WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= now()
                ORDER BY available_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            RETURNING id, topic, payload::text, request_id, actor_id
            """,
            [outbox.LEASE.total_seconds(), BATCH],
        )
        rows = cursor.fetchall()
    return [(id_, topic, json.loads(payload), request_id, actor) for id_, topic, payload, request_id, actor in rows]


def _listen() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {outbox.CHANNEL}")


def _wait_for_news(stop: threading.Event) -> None:
    """Return on a notification, or when it is time to sweep, or when asked to stop."""
    raw = connection.connection
    waited = 0.0
    while waited < SWEEP_SECONDS and not stop.is_set():
        if select.select([raw], [], [], 0.25)[0]:
            raw.poll()
            raw.notifies.clear()
            return
        waited += 0.25
