"""The relay: takes due outbox rows and hands them to the broker, until told to stop.

It wakes on NOTIFY and sweeps every few seconds besides, so a lost notification costs seconds, not the message. Several
relays can run: rows are claimed with SKIP LOCKED. While the broker is away nothing is lost: the transaction rolls back
and the rows wait. A queue in which enough waits gets no more, so a slow one holds up neither the others nor the broker.
"""

import json
import select
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg2
import redis
import structlog
from celery import current_app
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from skillbridge_backend.core import outbox
from skillbridge_backend.core.queues import QUEUES, waiting_in_broker
from skillbridge_backend.core.tasks import QUEUE_OF_TOPIC, send_to_broker

log = structlog.get_logger(__name__)

BATCH = 100
SWEEP_SECONDS = 2.0
FULL_QUEUE_SECONDS = 0.25
"""How soon to look again whether a full queue has room."""
LONGEST_PAUSE_SECONDS = 15.0
UNKNOWN_FOR = timedelta(days=1)
"""How old a message is before a topic that no task takes makes it a dead letter.

In the middle of a release it may be of the newer one, whose relay knows it.
"""


def relay_once() -> int:
    """Hand over what is due, at most one batch a topic, and return how many; 0 when nothing is due or may go.

    The broker is called inside the transaction that holds the rows, the one exception to the rule: a crash between
    claim and hand-over then leaves them due at once, and a message handed over twice is harmless. The call has a
    time-out of seconds.
    """
    room = room_by_topic()
    with transaction.atomic():
        rows = _claim(room)
        for row in rows:
            send_to_broker(*row)
    return len(rows)


def room_by_topic() -> dict[str, int]:
    """How many messages of each topic may be handed over now; topics of full queues are not in it.

    Raises redis.RedisError when the broker is away.
    """
    waiting = waiting_in_broker()
    room = {topic: QUEUES[queue].most_waiting - waiting[queue] for topic, queue in QUEUE_OF_TOPIC.items()}
    return {topic: min(BATCH, count) for topic, count in room.items() if count > 0}


def bury_unknown() -> int:
    """Make dead letters of due messages that no task took for a day, and return how many."""
    known = list(QUEUE_OF_TOPIC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, topic FROM core_outbox WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= now()"
            " AND topic <> ALL(%s) AND created_at < %s LIMIT %s FOR UPDATE SKIP LOCKED",
            [known, timezone.now() - UNKNOWN_FOR, BATCH],
        )
        rows = cursor.fetchall()
        for message_id, topic in rows:
            outbox.record_failure(message_id, attempts=outbox.MOST_ATTEMPTS, error=f"no task is named {topic}")
            log.error("no_such_task", topic=topic, message=str(message_id))
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
                if relay_once() == 0:
                    bury_unknown()
                    _wait_for_news(stop)
                pause = 0.5
        except (BrokerError, redis.RedisError, OSError, DatabaseError, psycopg2.Error) as error:
            log.warning("relay_waits", reason=f"{type(error).__name__}: {error}"[:200], seconds=pause)
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    connection.close()


def _claim(room: dict[str, int]) -> list[tuple[UUID, str, dict[str, Any], int, str, UUID | None]]:
    with connection.cursor() as cursor:
        # By topic, so that a million rows that may not go yet are not read to find the one behind them that may.
        cursor.execute(
            """
            WITH due AS (
                SELECT message.id
                FROM unnest(%s::text[], %s::int[]) AS open (topic, room)
                CROSS JOIN LATERAL (
                    SELECT id FROM core_outbox
                    WHERE topic = open.topic AND done_at IS NULL AND dead_at IS NULL AND available_at <= now()
                    ORDER BY available_at, id LIMIT open.room FOR UPDATE SKIP LOCKED
                ) AS message
            )
            UPDATE core_outbox SET available_at = now() + make_interval(secs => %s)
            FROM due WHERE core_outbox.id = due.id
            RETURNING core_outbox.id, topic, payload::text, attempts, request_id, actor_id
            """,
            [list(room), list(room.values()), outbox.LEASE.total_seconds()],
        )
        rows = cursor.fetchall()
    return [(message_id, topic, json.loads(payload), *rest) for message_id, topic, payload, *rest in rows]


def _listen() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {outbox.CHANNEL}")


def _wait_for_news(stop: threading.Event) -> None:
    """Return on a notification, when a full queue may have room, when it is time to sweep, or when asked to stop."""
    raw = connection.connection
    has_full_queue = len(room_by_topic()) < len(QUEUE_OF_TOPIC)
    longest = FULL_QUEUE_SECONDS if has_full_queue else SWEEP_SECONDS
    waited = 0.0
    while waited < longest and not stop.is_set():
        if select.select([raw], [], [], 0.25)[0]:
            raw.poll()
            raw.notifies.clear()
            return
        waited += 0.25
