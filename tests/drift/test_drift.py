"""Eight connections write at random, as people and as the service; afterwards nothing that is derived has drifted.

`DRIFT_WRITES=100000 pytest tests/drift/test_drift.py -s` writes more; `DRIFT_SEED` repeats the choices of a run (not
the order in which the threads meet).
"""

import os
import random
import sys
import threading
import time
from collections import Counter

import pytest
from django.db import connection

from skillbridge_backend.core.derived import check_all
from tests.drift import learning, people  # noqa: F401  # importing registers their writers
from tests.drift.hand import WRITERS, Hand
from tests.drift.world import a_world

THREADS = 8
WRITES = int(os.environ.get("DRIFT_WRITES", "3400"))
SEED = int(os.environ.get("DRIFT_SEED") or random.SystemRandom().randrange(2**32))


@pytest.mark.django_db(transaction=True)
def test_nothing_drifts_under_eight_random_writers() -> None:
    world = a_world()
    hands = [Hand(world, random.Random(SEED + number)) for number in range(THREADS)]
    threads = [threading.Thread(target=hand.work, args=(WRITES // THREADS,)) for hand in hands]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began

    done = sum((hand.done for hand in hands), Counter())
    refusals = sum((hand.refusals for hand in hands), Counter())
    deadlocks = [deadlock for hand in hands for deadlock in hand.deadlocks]
    say(f"seed {SEED}: {sum(done.values())} writes in {seconds:.1f} s, {len(deadlocks)} deadlocks")
    say(f"done: {dict(done.most_common())}")
    say(f"refused: {dict(refusals.most_common())}")
    # Every thread came to its end: what nobody expected would have ended it early.
    attempts = sum(done.values()) + sum(refusals.values()) + len(deadlocks)
    assert attempts == WRITES // THREADS * THREADS
    assert set(WRITERS) - set(done) == set()
    # Who lost a deadlock was undone whole, and a request is tried again. Many would be locks in a wrong order.
    assert len(deadlocks) <= attempts / 500, "\n\n".join(deadlocks)
    drifted = {finding.name: finding.wrong for finding in check_all() if finding.wrong}
    assert drifted == {}
    assert gaps() == 0


def say(line: str) -> None:
    """Shown with -s, and when the test fails."""
    sys.stdout.write(f"\n{line}\n")


def gaps() -> int:
    """Conversations whose messages are not numbered 1, 2, 3, … up to the last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM matches_conversation c WHERE last_seq <>"
            " (SELECT count(*) FROM matches_message m WHERE m.conversation_id = c.id)"
        )
        return int(cursor.fetchone()[0])
