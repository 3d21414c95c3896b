"""`python -m skillbridge_backend.demo [MENTORS_FILE]`: walk the nine steps; exit code 1 at the first that fails."""

import argparse
import os
import sys
import time
from pathlib import Path

import httpx

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.steps import STEPS, Demo
from skillbridge_backend.demo.world import DemoFailure, World
from skillbridge_backend.embedded.failure import StartError

MENTORS_FILE = Path(__file__).with_name("mentors.json")


def main(arguments: list[str]) -> int:
    """Walk the steps in order and return the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument(
        "mentors",
        nargs="?",
        type=Path,
        default=Path(os.environ.get("MENTORS") or MENTORS_FILE),
        help="JSON file of mentors (also: make demo MENTORS=FILE)",
    )
    options = parser.parse_args(arguments)
    narrator = Narrator()
    started = time.monotonic()
    try:
        with World.of_running_installation() as world:
            # Before the first command could fail for a reason that says less.
            world.http.get("/health/live").raise_for_status()
            demo = Demo(world=world, narrator=narrator, mentors_file=options.mentors)
            for number, step in enumerate(STEPS, 1):
                narrator.step(number, (step.__doc__ or "").splitlines()[0])
                step(demo)
    except (DemoFailure, StartError) as failure:
        narrator.failure(str(failure))
        return 1
    except httpx.HTTPError as error:
        narrator.failure(
            f"SkillBridge does not answer ({type(error).__name__}): start it with `make run` and try again"
        )
        return 1
    narrator.end(f"All {len(STEPS)} steps done in {time.monotonic() - started:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
