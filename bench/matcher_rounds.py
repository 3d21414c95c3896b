"""`python -m bench.matcher scoring|people`: the matcher on made-up people.

`scoring` holds the columns against the same formula in NumPy, on the same people, score by score. `people` solves
rounds without their matrix and compares with one pass over all scores in the same process.
"""

import argparse
import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.matcher import Bench

SCORING = (5_000, 2_000)
"""Learners and mentors that are scored beside NumPy."""
TIMES_NUMPY, TIMES_NUMPY_PLAIN = 200, 20
"""Goals, with the widest vectors of the processor and with those that all of them have."""
ROUNDS = [(20_000, 10_000, 2), (100_000, 20_000, 5)]
"""Learners, mentors and the places of each: as many as there are learners."""
LARGEST_ROUND = (1_000_000, 100_000, 10)
MOST_PASSES = 8
"""A round takes no longer than so many passes over all scores."""
MOST_BYTES_A_PAIR = 0.1
MOST_BYTES_LARGEST = 600_000_000


def scoring(bench: "Bench", options: argparse.Namespace) -> list[str]:
    """Print how many times as fast as NumPy all pairs are scored; what falls short, or differs."""
    learners, mentors = SCORING
    folder = bench.folder(f"people-{learners}-{mentors}")
    bench.people("scoring", *SCORING, "--repeat", "1", "--dump", str(folder))
    theirs: list[dict[str, Any]] = []
    ours: dict[str, list[dict[str, Any]]] = {"best": [], "plain": []}
    for _ in range(options.rounds):
        theirs.append(bench.numpy_scores(folder))
        ours["best"].append(bench.people("scoring", *SCORING, "--repeat", "9"))
        ours["plain"].append(bench.people("scoring", *SCORING, "--repeat", "9", "--plain"))
    misses = [f"scoring: {their['different']:,} scores differ from NumPy's" for their in theirs if their["different"]]
    misses += [f"scoring: the sum is {our['total']}, NumPy's {theirs[0]['total']}"
               for all_of in ours.values() for our in all_of if our["total"] != theirs[0]["total"]]  # fmt: skip
    pairs, seconds = learners * mentors, statistics.median(their["passes"][0] for their in theirs)
    print(f"scoring {learners:,} × {mentors:,}: NumPy {seconds:.3f} s, {pairs / seconds:.2e} pairs a second")
    for name, goal in (("best", TIMES_NUMPY), ("plain", TIMES_NUMPY_PLAIN)):
        passes = [statistics.median(our["passes"]) for our in ours[name]]
        building = statistics.median(second for our in ours[name] for second in our["building"])
        ratios = [their["passes"][0] / our for their, our in zip(theirs, passes, strict=True)]
        ratio, rate = statistics.median(ratios), pairs / statistics.median(passes)
        print(
            f"  {name:<6} {min(ratios):8.1f} {ratio:8.1f} {max(ratios):8.1f} times as fast, the goal is {goal}; "
            f"{rate:.2e} pairs a second, and {building:.3f} s to make the columns",
            flush=True,
        )
        if statistics.median(ratios) < goal:
            misses.append(
                f"scoring, {name}: {statistics.median(ratios):.1f} times as fast as NumPy, the goal is {goal}"
            )
    return misses


def people(bench: "Bench", options: argparse.Namespace) -> list[str]:
    """Print what rounds take beside one pass over all their scores; what falls short."""
    misses = []
    for learners, mentors, capacity in [LARGEST_ROUND] if options.largest else ROUNDS:
        name = f"people {learners:,} × {mentors:,}"
        times = 1 if options.largest else options.rounds
        found = [bench.people("round", learners, mentors, "--capacity", str(capacity)) for _ in range(times)]
        ratios = [one["seconds"] / one["pass_seconds"] for one in found]
        ratio, beyond = statistics.median(ratios), max(one["bytes_beyond_input"] for one in found)
        passes = ", ".join(f"{worse:,} of {share:.0%}" for share, worse in found[0]["passes"])
        print(
            f"{name}: {statistics.median(one['seconds'] for one in found):.2f} s, one pass "
            f"{statistics.median(one['pass_seconds'] for one in found):.2f} s\n"
            f"  {min(ratios):.1f} {ratio:.1f} {max(ratios):.1f} passes, the goal is {MOST_PASSES}\n"
            f"  {beyond / 1e6:.0f} MB, {beyond / learners / mentors:.3f} bytes a pair\n"
            f"  passes: learners who would rather have had something else, of the share of pairs looked at: {passes}\n"
            f"  objective {found[0]['objective']:,} = {found[0]['dual_objective']:,}, {found[0]['matched']:,} matched",
            flush=True,
        )
        if any(one["objective"] != one["dual_objective"] or one["objective"] != found[0]["objective"] for one in found):
            misses.append(f"{name}: not proven, or not the same each time")
        if ratio > MOST_PASSES and not options.largest:
            misses.append(f"{name}: {ratio:.1f} times as long as one pass, the goal is {MOST_PASSES}")
        most = MOST_BYTES_LARGEST if options.largest else MOST_BYTES_A_PAIR * learners * mentors
        if beyond > most:
            misses.append(f"{name}: {beyond / 1e6:.0f} MB, the goal is {most / 1e6:.0f}")
    return misses
