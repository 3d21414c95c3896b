"""`python -m bench.auth_race [--rounds 1000]`: the same refresh token four times at once, and 100 guesses at once.

DATABASE_URL names a migrated database that may be thrown away, by a superuser; REDIS_URL a Redis. In each round four
threads exchange one refresh token at the same moment: there must be one rotation, and one successor for all who got an
answer. Then 100 wrong passwords come at once over the API: at most ten may be looked at, and the owner logs in from
another address meanwhile. Exit status 1 when one of these fails.
"""

import argparse
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import django

django.setup()

from django.utils import timezone  # noqa: E402 - models need settings
from rest_framework.test import APIClient  # noqa: E402

from skillbridge_backend.core.errors import DomainError  # noqa: E402
from skillbridge_backend.core.ids import new_id  # noqa: E402
from users.clients import Client  # noqa: E402
from users.enums import AuditAction  # noqa: E402
from users.models import AuditEntry, RefreshTokenFamily, User  # noqa: E402
from users.services import SessionService  # noqa: E402
from users.tests.logins import logged_in  # noqa: E402

T = TypeVar("T")
AT_ONCE, GUESSES, MOST_EVALUATED = 4, 100, 10
PASSWORD = "nine quiet harbours"  # of an account that the bench makes


def main() -> int:
    """Run both races and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    options = parser.parse_args()
    name = f"race-{new_id().hex[-12:]}"
    user = User.objects.create_user(
        email=f"{name}@example.org",
        handle=name,
        display_name="Race",
        password=PASSWORD,
        email_confirmed_at=timezone.now(),
    )
    with ThreadPoolExecutor(AT_ONCE) as pool:
        refreshed = _refresh_race(user, pool, options.rounds)
    with ThreadPoolExecutor(GUESSES) as pool:
        guessed = _guess_race(user, pool)
    return 0 if refreshed and guessed else 1


def _refresh_race(user: User, pool: ThreadPoolExecutor, rounds: int) -> bool:
    token = logged_in(user, password=PASSWORD, client=Client("192.0.2.1")).refresh
    family = RefreshTokenFamily.objects.get(user=user)
    wrong, answers, took = 0, Counter[int](), []
    for number in range(1, rounds + 1):
        began = time.perf_counter()
        got = at_once(pool, AT_ONCE, partial(_refreshed, token))
        took.append((time.perf_counter() - began) * 1000)
        successors = set(filter(None, got))
        family.refresh_from_db()
        answers[sum(map(bool, got))] += 1
        wrong += len(successors) != 1 or family.rotations != number or family.revoked_at is not None
        token = successors.pop() if successors else token
    print(
        f"{rounds} rounds of {AT_ONCE} refreshes at once: {wrong} with more than one successor or rotation;"
        f" answered {dict(answers)}; a round took {statistics.median(took):.1f} ms at the median"
    )
    return not wrong


def _refreshed(token: str) -> str:
    """The successor, or '' for an error."""
    try:
        return SessionService().refresh(token=token, client=Client("192.0.2.1")).refresh
    except DomainError:
        return ""


def _guess_race(user: User, pool: ThreadPoolExecutor) -> bool:
    seen = AuditEntry.objects.filter(user_id=user.pk, action=AuditAction.LOGIN_FAILED)
    before = seen.count()
    statuses = Counter(at_once(pool, GUESSES, lambda: _login(user, "a guess like any other", "192.0.2.9")))
    evaluated = seen.count() - before
    owner = _login(user, PASSWORD, "198.51.100.1")
    print(
        f"{GUESSES} guesses at once: {evaluated} looked at, answered {dict(statuses)};"
        f" the owner from another address: {owner}"
    )
    return evaluated <= MOST_EVALUATED and owner == 200


def _login(user: User, password: str, address: str) -> int:
    client: Any = APIClient(SERVER_NAME="localhost", REMOTE_ADDR=address)
    response = client.post("/api/v1/auth/login/", {"email": user.email, "password": password}, format="json")
    return int(response.status_code)


def at_once(pool: ThreadPoolExecutor, times: int, call: Callable[[], T]) -> list[T]:
    """What each of so many calls gave that began at the same moment."""
    barrier = threading.Barrier(times)

    def one() -> T:
        barrier.wait(30)
        return call()

    return [future.result() for future in [pool.submit(one) for _ in range(times)]]


if __name__ == "__main__":
    sys.exit(main())
