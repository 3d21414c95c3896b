"""Two transactions that overlap for certain."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connections, transaction


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
