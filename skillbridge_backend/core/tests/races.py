"""Two transactions that overlap for certain."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, connections, transaction


def write_at_once(*writes: Callable[[], Any]) -> list[str]:
    """What came of writes that are all made before any commits, sorted: "in" or "refused".

    "alone" besides, when one held a lock for which the others waited, so that it had to commit first. Needs
    `django_db(transaction=True)`.
    """
    all_have_written = threading.Barrier(len(writes), timeout=2)
    outcomes: list[str] = []

    def run(write: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                write()
                try:
                    all_have_written.wait()
                except threading.BrokenBarrierError:
                    outcomes.append("alone")
            outcomes.append("in")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[write]) for write in writes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def overtaken(slow: Callable[[], Any], fast: Callable[[], Any], *, lock: Callable[[], Any]) -> Any:
    """What `slow` returns when `fast` commits while it waits for what `lock` takes: it has read, and not written yet.

    Needs `django_db(transaction=True)`. Fails when `slow` waits for nothing.
    """
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(slow())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        lock()
        thread.start()
        _await_a_waiter()
        fast()
    thread.join()
    return found[0]


def _await_a_waiter() -> None:
    """Return when another connection waits for a lock of this one's."""
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                # Not pg_stat_activity, which a transaction sees as it was when it first looked.
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if (row := cursor.fetchone()) and row[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")
