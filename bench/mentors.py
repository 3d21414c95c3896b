"""`python -m bench.mentors SMALL_URL LARGE_URL`: what searches for a mentor cost, among few mentors and among many.

Both are databases of `python -m bench.mentors --fill N URL`, which fills one that is migrated and has its catalogue.
URLs are of a superuser (docs/performance.md). Measured as `bench.database` does, by the same goals: at most 1.5 times
the buffers, no large table read as a whole. Exit status 1 when one is missed.
"""

import argparse
import json
import os
import subprocess
import sys
from typing import Any

from bench.database import MOST_GROWTH, ROUNDS, growth_of


def main() -> int:
    """Fill one database, or measure two, print the table and the misses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="+", help="postgresql://… of the small world, and of the large one")
    parser.add_argument("--fill", type=int, default=0, help="make so many mentors in the first instead")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="timed runs of each statement")
    options = parser.parse_args()
    if options.fill:
        _in_a_process(options.urls[0], "fill", options.fill)
        return 0
    worlds = [json.loads(_in_a_process(url, "measure", options.rounds).splitlines()[-1]) for url in options.urls]
    small, large = worlds[0], worlds[-1]
    misses = []
    print(f"{'request':<26}{'SQL':>4}{'rows':>8}{'buffers':>18}{'growth':>8}{'ms':>16}  reads by")
    for name, after in large.items():
        before: dict[str, Any] = small[name]
        growth = growth_of(before, after)
        print(
            f"{name:<26}{after['statements']:>4}{before['rows']:>4}{after['rows']:>4}{before['buffers']:>9,}{after['buffers']:>9,}{growth:>8.2f}"
            f"{before['milliseconds']:>8.2f}{after['milliseconds']:>8.2f}  {', '.join(after['scans'])}"
        )
        misses += [f"{name}: reads all of {table}" for table in after["sequential"]]
        if growth > MOST_GROWTH:
            misses.append(f"{name}: touches {growth:.2f} times the buffers, the goal is {MOST_GROWTH}")
    print(f"\n{len(misses)} misses" + "".join(f"\n  {miss}" for miss in misses))
    return 1 if misses else 0


def _in_a_process(url: str, deed: str, number: int) -> str:
    """Settings name one database, so each has a process of its own."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.development",
        "LOG_LEVEL": "ERROR",
        # As ensure_roles sets it for the logins of the processes.
        "PGOPTIONS": "-c jit=off",
    }
    command = [sys.executable, "-W", "ignore", "-m", "bench.mentor_world", deed, str(number)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


if __name__ == "__main__":
    sys.exit(main())
