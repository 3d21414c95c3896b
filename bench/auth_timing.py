"""`python -m bench.auth_timing [--pairs 200]`: does the time of an answer tell whether an address has an account?

DATABASE_URL names a migrated database to throw away, by a superuser; REDIS_URL a Redis. Login, a code by e-mail and a
wrong one, sign-up, asking for a new password and for the confirmation are each asked for addresses with and without
an account, in turn, and the two samples are compared by Welch's t-test. Exit status 1 when status or body differ, or
when |t| is over 4.5, which chance exceeds once in a hundred thousand (the bound of TVLA, Goodwill and others, 2011).
"""

import argparse
import ipaddress
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 - models need settings
from django.utils import timezone  # noqa: E402
from django.utils.text import slugify  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402
from scipy.stats import ttest_ind  # noqa: E402

from skillbridge_backend.core.ids import new_id  # noqa: E402
from users.models import Profile, User  # noqa: E402

MOST_T = 4.5
PASSWORD = "nine quiet harbours"  # of accounts that the bench makes
RUN = new_id().hex[-10:]


def main() -> int:
    """Time each endpoint and print a row for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    pairs = parser.parse_args().pairs
    _make_accounts(pairs)
    print(f"{'endpoint':<24}{'with, ms':>10}{'without, ms':>13}{'t':>8}  answers")
    told = [_compare(name, ask, pairs) for name, ask in ENDPOINTS.items()]
    return 1 if any(told) else 0


def _make_accounts(count: int) -> None:
    """Accounts `known-N`, confirmed, and `waiting-N`, not yet."""
    password = make_password(PASSWORD)
    for kind, confirmed_at in (("known", timezone.now()), ("waiting", None)):
        users = User.objects.bulk_create(
            User(
                email=_address(kind, number),
                handle=f"{kind}-{RUN}-{number}",
                display_name="Somebody",
                password=password,
                email_confirmed_at=confirmed_at,
            )
            for number in range(count)
        )
        Profile.objects.bulk_create(Profile(user=user) for user in users)


def _address(kind: str, number: int) -> str:
    return f"{kind}-{RUN}-{number}@example.org"


Ask = Callable[[str], tuple[str, dict[str, str]]]


def _sign_up(email: str) -> tuple[str, dict[str, str]]:
    return "signup", {"email": email, "password": PASSWORD, "display_name": "Somebody"}


ENDPOINTS: dict[str, tuple[str, Ask]] = {
    "login": ("known", lambda email: ("login", {"email": email, "password": "not the right password"})),
    "login code": ("known", lambda email: ("login/code", {"email": email})),
    "login code, wrong": ("known", lambda email: ("login/code/confirm", {"ticket": _ticket(email), "code": "0"})),
    "sign-up": ("known", _sign_up),
    "sign-up, unconfirmed": ("waiting", _sign_up),
    "new password": ("known", lambda email: ("password/reset", {"email": email})),
    "confirmation again": ("waiting", lambda email: ("resend-confirmation", {"email": email})),
}


def _ticket(email: str) -> str:
    """What somebody gets who asks for a code, from a network of its own."""
    client: Any = APIClient(SERVER_NAME="localhost", REMOTE_ADDR=next(_addresses))
    return str(client.post("/api/v1/auth/login/code/", {"email": email}, format="json").json()["ticket"])


def _compare(name: str, endpoint: tuple[str, Ask], pairs: int) -> bool:
    """True when something tells the two apart."""
    kind, ask = endpoint
    taken: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for number in range(pairs):
        # In turn, so that what slows the machine slows both; who is first alternates.
        for has_account in sorted(taken, reverse=bool(number % 2)):
            path, body = ask(_address(kind if has_account else f"nobody-{slugify(name)}", number))
            milliseconds, answer = _timed(path, body)
            taken[has_account].append(milliseconds)
            answers.add(answer)
    t = float(ttest_ind(taken[True], taken[False], equal_var=False).statistic)
    known, unknown = (statistics.median(taken[has_account]) for has_account in (True, False))
    print(f"{name:<24}{known:>10.2f}{unknown:>13.2f}{t:>8.2f}  {len(answers)}")
    return len(answers) > 1 or abs(t) > MOST_T


def _timed(path: str, body: dict[str, str]) -> tuple[float, tuple[int, str, str]]:
    """Milliseconds, and what a client can see: status, code, text. Each request comes from a network of its own."""
    client: Any = APIClient(SERVER_NAME="localhost", REMOTE_ADDR=next(_addresses))
    began = time.perf_counter()
    response = client.post(f"/api/v1/auth/{path}/", body, format="json")
    taken = (time.perf_counter() - began) * 1000
    seen = response.json()
    return taken, (response.status_code, seen.get("code", ""), seen.get("detail", ""))


_addresses = (str(network[1]) for network in ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=24))

if __name__ == "__main__":
    sys.exit(main())
