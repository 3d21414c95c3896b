"""`python -m tests.fuzzing`: does the API keep to its schema, whatever it is sent, and whoever sends it?

schemathesis makes the requests, with all its checks and as several people, against an installation that is started for
it and stopped at the end. `--small` is a few hundred cases, without it at least 20,000. It prints a table and ends with
exit code 1 when anything was found; then the folder stays, with what each finding was and how to repeat it.
"""

import argparse
import secrets
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.world import DemoFailure
from skillbridge_backend.embedded import postgres
from skillbridge_backend.embedded.installation import PROJECT_DIR
from tests.drills.target import DrillError, log_of, running_target
from tests.fuzzing.schemathesis_run import Outcome, Size, run, statuses_of
from tests.fuzzing.world import make_world

FULL = Size(("examples", "coverage", "fuzzing", "stateful"), examples=130)
SMALL = Size(("examples", "fuzzing", "stateful"), examples=3)
LEAST_CASES = 20_000
SETTINGS = {
    "TRUSTED_PROXIES": "1",  # tests/fuzzing/hooks.py makes up where requests come from
    "READS_PER_MINUTE": "0",
    "WRITES_PER_MINUTE": "0",
    "MATCHER_URL": "http://127.0.0.1:9",  # the built-in solver answers, without a deadline to wait for
}


def main(arguments: list[str]) -> int:
    """One run; the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a few hundred cases")
    parser.add_argument("--examples", type=int, help="another number of examples for each operation")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="the one of a run to repeat")
    parser.add_argument("--folder", type=Path, default=PROJECT_DIR / ".local" / "fuzz")
    options = parser.parse_args(arguments)
    size = SMALL if options.small else FULL
    size = replace(size, examples=options.examples or size.examples)
    folder, narrator, began = options.folder.absolute(), Narrator(), time.monotonic()
    try:
        with running_target(folder, SETTINGS) as target:
            identities = make_world(target)
            narrator.say(
                f"{len(identities)} people, seed {options.seed}; {folder / 'found' / 'schemathesis.log'} grows"
            )
            outcome = run(target.url, folder / "found", identities=identities, size=size, seed=options.seed)
            outcome = replace(outcome, statuses=statuses_of(target.url, target.secrets["METRICS_TOKEN"]))
    except (DrillError, DemoFailure) as failure:
        narrator.failure(str(failure))
        return 1
    tell(narrator, outcome)
    is_enough = outcome.cases >= LEAST_CASES or options.small or options.examples
    if not outcome.is_let_in:
        narrator.failure("hardly a request succeeded: did somebody lose their account?")
    if not is_enough:
        narrator.failure(f"{outcome.cases} cases are fewer than {LEAST_CASES}")
    if not outcome.holds or not is_enough:
        narrator.failure(f"what was found, and how to repeat it: {folder / 'found' / 'schemathesis.log'}")
        narrator.failure(f"the server's own words: {log_of(folder)}")
        return 1
    postgres.remove(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)
    narrator.end(f"{outcome.cases} cases, nothing found, in {time.monotonic() - began:.0f} s")
    return 0


def tell(narrator: Narrator, outcome: Outcome) -> None:
    """The table."""
    by_class = {f"{first}xx": 0 for first in range(2, 6)}
    for status, count in outcome.statuses.items():
        by_class[f"{status // 100}xx"] = by_class.get(f"{status // 100}xx", 0) + count
    narrator.table(
        ("", "count"),
        [
            ("cases", outcome.cases),
            ("operations tried", outcome.tested),
            ("operations in the schema", outcome.operations),
            *((f"answers {kind}, as the server counts", count) for kind, count in by_class.items()),
            *((f"found: {title}", count) for title, count in outcome.failures.items()),
            *((f"not tried: {title}", count) for title, count in outcome.errors.items()),
            *((f"excused: {reason}", count) for reason, count in outcome.excused.items()),
        ],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
