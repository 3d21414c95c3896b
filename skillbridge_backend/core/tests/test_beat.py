"""Beat publishes each slot of each job once: whatever it missed, whoever else beats, whatever it loses."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from skillbridge_backend.core import beat
from skillbridge_backend.core.beat import TIMETABLE, Every
from skillbridge_backend.core.models import OutboxMessage, Tick
from skillbridge_backend.settings.environment import BASE_DIR

pytestmark = pytest.mark.django_db(transaction=True)
DAILY = Every(timedelta(days=1), after=timedelta(hours=3, minutes=17))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def eventually(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@contextmanager
def beating() -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py beat`, as a process of its own with the worker's rights and no more."""
    environment = os.environ | {"DATABASE_SET_ROLE": "sb_worker"}
    with subprocess.Popen([sys.executable, "manage.py", "beat"], cwd=BASE_DIR, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def holder() -> int | None:
    """Process id, in PostgreSQL, of the connection that holds beat's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND granted AND objid = %s AND datname = current_database()",
            [beat.LOCK],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        (NOON, datetime(2026, 5, 4, 3, 17, tzinfo=UTC)),
        (datetime(2026, 5, 4, 3, 17, tzinfo=UTC), datetime(2026, 5, 4, 3, 17, tzinfo=UTC)),
        (datetime(2026, 5, 4, 3, 16, 59, 999999, tzinfo=UTC), datetime(2026, 5, 3, 3, 17, tzinfo=UTC)),
    ],
)
def test_slot_begins_with_its_moment_and_lasts_until_the_next(moment: datetime, slot: datetime) -> None:
    assert DAILY.slot_at(moment) == slot


def test_slot_is_ticked_once_with_its_message() -> None:
    assert beat.tick("core.prune", NOON) is True
    assert beat.tick("core.prune", NOON) is False
    assert beat.tick("core.prune", NOON + timedelta(days=1)) is True
    assert Tick.objects.filter(job="core.prune").count() == OutboxMessage.objects.count() == 2


def test_tick_that_rolls_back_leaves_its_slot_free() -> None:
    def tick_and_fail() -> None:
        with transaction.atomic():
            beat.tick("core.prune", NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tick_and_fail()

    assert not Tick.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_eight_beats_at_once_tick_a_slot_once() -> None:
    together, outcomes = threading.Barrier(8), []

    def run() -> None:
        try:
            together.wait()
            outcomes.append(beat.tick("core.prune", NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]
    assert OutboxMessage.objects.count() == 1


def test_of_the_slots_missed_only_the_latest_is_made_up_for() -> None:
    current_app.loader.import_default_modules()
    began = timezone.now()
    long_ago = began - timedelta(days=3)
    for topic, every in TIMETABLE.items():
        beat.tick(topic, every.slot_at(long_ago))
    made_up = Tick.objects.filter(slot__gt=long_ago)

    with beating():
        assert eventually(lambda: set(made_up.values_list("job", flat=True)) == set(TIMETABLE))
        time.sleep(2 * beat.TICK_SECONDS)

    # A slot that begins while the test runs is ticked too.
    assert [tick for tick in made_up if tick.slot < TIMETABLE[tick.job].slot_at(began)] == []
    assert OutboxMessage.objects.count() == Tick.objects.count()


def test_second_beat_waits_and_takes_over_when_the_first_is_killed() -> None:
    with beating() as first:
        assert eventually(lambda: holder() is not None)
        leader = holder()
        assert eventually(Tick.objects.exists)
        with beating() as second:
            time.sleep(2 * beat.LOCK_RETRY_SECONDS)
            assert holder() == leader
            assert eventually(lambda: OutboxMessage.objects.count() == Tick.objects.count())

            first.send_signal(signal.SIGKILL)
            assert eventually(lambda: holder() not in {None, leader})
            # What was ticked is not ticked again by the successor.
            time.sleep(2 * beat.TICK_SECONDS)
            assert eventually(lambda: OutboxMessage.objects.count() == Tick.objects.count())
            second.send_signal(signal.SIGTERM)
            assert second.wait(10) == 0
    assert holder() is None


def test_beat_that_loses_its_connection_takes_the_lock_again_before_it_ticks() -> None:
    with beating() as process:
        assert eventually(lambda: holder() is not None)
        lost = holder()
        assert eventually(lambda: Tick.objects.count() == len(TIMETABLE))
        Tick.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [lost])

        assert eventually(lambda: holder() not in {None, lost})
        assert eventually(lambda: Tick.objects.count() == len(TIMETABLE))
        assert process.poll() is None
