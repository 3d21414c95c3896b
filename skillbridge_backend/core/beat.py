"""Beat: publishes periodic work, each slot of each job once, whoever beats and however often it is started.

`@outbox_task(…, every=Every(…))` puts a task on the timetable. Several beats may run: the one that holds the advisory
lock ticks, the others wait for it. The lock belongs to the connection that the ticks are written with, so whoever loses
the connection loses the lock, and cannot tick without noticing. Docs: docs/decisions/0004-outbox.md.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg2
import structlog
from celery import current_app
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from skillbridge_backend.core import outbox
from skillbridge_backend.core.ids import new_id

log = structlog.get_logger(__name__)

LOCK = 20261123
"""Advisory lock of the beat that ticks; of the session, so beat does not go through PgBouncer."""
LOCK_RETRY_SECONDS = 2.0
TICK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Every:
    """Once each `period`, `after` its beginning; periods are counted from midnight UTC, 1 January 1970."""

    period: timedelta
    after: timedelta = timedelta()

    def slot_at(self, moment: datetime) -> datetime:
        """When the slot began that `moment` is in: the job is due from then on, until the next slot."""
        return moment - (moment - _EPOCH - self.after) % self.period


TIMETABLE: dict[str, Every] = {}
"""Topic of each periodic task; filled in by `outbox_task`."""


def tick(topic: str, slot: datetime) -> bool:
    """Write the slot and its outbox message in one transaction; False, and nothing written, when the slot is taken."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_tick (id, job, slot, created_at) VALUES (%s, %s, %s, now()) ON CONFLICT DO NOTHING",
            [new_id(), topic, slot],
        )
        if cursor.rowcount != 1:
            return False
        outbox.publish(topic, payload={})
    return True


def run_until(stop: threading.Event) -> None:
    """Beat until `stop` is set; survives a database that is away, with growing pauses up to 15 s."""
    # Registers every app's tasks, and with them the timetable.
    current_app.loader.import_default_modules()
    pause = 0.5
    while not stop.is_set():
        try:
            if _take_lock():
                log.info("beat_leads", jobs=len(TIMETABLE))
                pause = 0.5
                _lead(stop)
            else:
                stop.wait(LOCK_RETRY_SECONDS)
        except (DatabaseError, psycopg2.Error) as error:
            log.warning("beat_waits", reason=f"{type(error).__name__}: {error}"[:200], seconds=pause)
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    connection.close()


def _lead(stop: threading.Event) -> None:
    """Tick what is due, once a second. Of the slots that nobody was there for only the latest is made up for."""
    ticked: dict[str, datetime] = {}
    while not stop.is_set():
        now = timezone.now()
        for topic, every in TIMETABLE.items():
            slot = every.slot_at(now)
            if ticked.get(topic) != slot:
                if tick(topic, slot):
                    log.info("beat_ticked", topic=topic, slot=slot.isoformat())
                ticked[topic] = slot
        stop.wait(TICK_SECONDS)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # raises when the connection is gone, and the lock with it


def _take_lock() -> bool:
    with connection.cursor() as cursor:
        # A host that vanished without a word must not hold the lock for the two hours that are usual.
        cursor.execute("SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3")
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])
