"""`MATCHER_URL=… python -m bench.suggestions URL`: how long a learner waits for suggested mentors, among many mentors.

URL is a database of `python -m bench.mentors --fill N URL`, MATCHER_URL a matcher that runs. Learners want two to six
skills, frequent and rare ones; each asks once through the matcher and once with the built-in solver in Python, in turn.
Goal, at 100,000 mentors: 50 ms at the median. Exit status 1 when it is missed.
"""

import argparse
import json
import os
import subprocess
import sys
from statistics import mean, median, quantiles

MOST_MILLISECONDS = 50
LEARNERS = 40


def main() -> int:
    """Measure in a process whose settings name the database, and print medians, 95th percentiles and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="postgresql://… of a superuser, of a world with mentors")
    parser.add_argument("--learners", type=int, default=LEARNERS, help="how many ask")
    options = parser.parse_args()
    if "MATCHER_URL" not in os.environ:
        parser.error("name a matcher in MATCHER_URL, such as http://127.0.0.1:8090")
    environment = os.environ | {
        "DATABASE_URL": options.url,
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.development",
        "LOG_LEVEL": "ERROR",
        # As ensure_roles sets it for the logins of the processes.
        "PGOPTIONS": "-c jit=off",
    }
    command = [sys.executable, "-W", "ignore", "-m", "bench.suggestion_world", str(options.learners)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    measured: dict[str, list[float]] = json.loads(result.splitlines()[-1])
    print(f"{len(measured['matcher'])} learners, {median(measured['considered']):.0f} mentors weighed at the median")
    print(f"{'':<34}{'median ms':>10}{'p95 ms':>9}")
    for name, label in (
        ("query", "the candidates' query alone"),
        ("matcher", "whole, by the matcher"),
        ("python", "whole, by the built-in solver"),
    ):
        print(f"{label:<34}{median(measured[name]):>10.1f}{quantiles(measured[name], n=20)[-1]:>9.1f}")
    ratios = [slow / fast for slow, fast in zip(measured["python"], measured["matcher"], strict=True)]
    print(f"Python / matcher, the same question: {min(ratios):.1f} / {median(ratios):.1f} / {max(ratios):.1f}")
    held, reached = mean(measured["held"]), mean(measured["reached"])
    print(
        f"of the ten best of 20,000 mentors {held:.1%} are suggested; the suggested reach {reached:.2%} of their scores"
    )
    print(f"whole / query: {median(measured['matcher']) / median(measured['query']):.2f}")
    return 1 if median(measured["matcher"]) > MOST_MILLISECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
