"""`python -m bench.database SMALL_URL LARGE_URL`: what the hottest queries cost in a small world and in a large one.

Both are databases of `manage.py seed_scale`, named by URLs of a superuser (docs/performance.md). The queries are those
that the API issues, recorded from requests to it, and run as `authenticated`. Growth is that of the buffers, for each
row of the answer where the large world's has more of them. Exit status 1 when a goal is missed.
"""

import argparse
import json
import os
import subprocess
import sys
from typing import Any

MOST_GROWTH = 1.5
MOST_POLICY_MILLISECONDS = 0.5
ROUNDS = 21


def main() -> int:
    """Measure both worlds, print the table and the misses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small", help="postgresql://… of the small world")
    parser.add_argument("large", nargs="?", help="postgresql://… of the large one")
    parser.add_argument("--only", default="", help="requests with this in their name")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="timed runs of each statement with and without")
    options = parser.parse_args()
    worlds = [_measured_by_a_process(url, options) for url in (options.small, options.large) if url]
    small, large = worlds[0], worlds[-1]
    misses = []
    print(f"{'request':<26}{'SQL':>4}{'rows':>8}{'buffers':>18}{'growth':>8}{'ms':>16}{'policies, ms':>15}  reads by")
    for name, after in large.items():
        before = small[name]
        growth = growth_of(before, after)
        print(
            f"{name:<26}{after['statements']:>4}{before['rows']:>4}{after['rows']:>4}{before['buffers']:>9,}{after['buffers']:>9,}{growth:>8.2f}"
            f"{before['milliseconds']:>8.2f}{after['milliseconds']:>8.2f}"
            f"{before['policies_milliseconds']:>8.2f}{after['policies_milliseconds']:>7.2f}  "
            f"{', '.join(after['scans'])}"
        )
        misses += _misses(name, growth, after)
    print(f"\n{len(misses)} misses" + "".join(f"\n  {miss}" for miss in misses))
    return 1 if misses else 0


def growth_of(before: dict[str, Any], after: dict[str, Any]) -> float:
    """How many times the buffers are touched in the larger world, for as many rows."""
    return float(after["buffers"] / max(1, before["buffers"]) / max(1, after["rows"] / before["rows"]))


def _misses(name: str, growth: float, after: dict[str, Any]) -> list[str]:
    found = [f"{name}: reads all of {table}" for table in after["sequential"]]
    if growth > MOST_GROWTH:
        found.append(f"{name}: touches {growth:.2f} times the buffers, the goal is {MOST_GROWTH}")
    if after["policies_milliseconds"] > MOST_POLICY_MILLISECONDS:
        found.append(f"{name}: policies cost {after['policies_milliseconds']:.2f} ms at the median")
    return found


def _measured_by_a_process(url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Settings name one database, so each world is measured by a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.world", str(options.rounds), options.only]
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.development",
        "LOG_LEVEL": "ERROR",
        # As ensure_roles sets it for the logins of the processes.
        "PGOPTIONS": "-c jit=off",
    }
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


if __name__ == "__main__":
    sys.exit(main())
