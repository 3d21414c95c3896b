"""`python -m bench.matcher capacity`: problems with capacities or few candidates, against OR-tools and SciPy."""

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.matcher import Bench


@dataclass(frozen=True)
class Goal:
    """How many times faster than each peer, at least, at the median."""

    kind: str
    numbers: tuple[int, ...]
    """Learners, mentors and places of each mentor; of a perfect assignment, the side."""
    than: dict[str, float]

    @property
    def name(self) -> str:
        """As `--only` matches it."""
        return f"{self.kind} {' x '.join(f'{number:,}' for number in self.numbers)}"


GOALS = [
    Goal("mentoring", (5_000, 1_000, 3), {"scipy-on-copies": 35, "or-tools-flow": 14}),
    Goal("mentoring", (5_000, 2_000, 3), {"scipy-on-copies": 40, "or-tools-flow": 20}),
    Goal("clustered", (20_000, 10_000, 2), {"or-tools-flow": 10}),
    Goal("clustered", (100_000, 20_000, 5), {"or-tools-flow": 6}),
    Goal("clustered", (100_000, 10_000, 5), {"or-tools-flow": 36}),
    Goal("perfect", (100_000,), {"or-tools-assignment": 1, "scipy-sparse": 5}),
]
MOST_BYTES_A_PAIR = 12


def compare(bench: "Bench", options: argparse.Namespace) -> list[str]:
    """Print a block for each instance; what is wrong with any."""
    misses = []
    for goal in GOALS:
        if options.only in goal.name:
            misses += _compared(bench, goal, options.rounds)
    return misses


def _compared(bench: "Bench", goal: Goal, rounds: int) -> list[str]:
    folder = bench.folder(f"{goal.kind}-{'-'.join(map(str, goal.numbers))}")
    if not folder.exists():
        bench.capacity_peers("make", goal.kind, *map(str, goal.numbers), "--folder", str(folder))
    ours: list[dict[str, Any]] = []
    theirs: dict[str, list[dict[str, Any]]] = {peer: [] for peer in goal.than}
    for _ in range(rounds):
        ours.append(bench.matcher(folder / "graph.npz", 3, *_options(folder)))
        for peer, answers in theirs.items():
            answers.append(bench.capacity_peers("solve", peer, str(folder)))
    seconds = statistics.median(answer["seconds"] for answer in ours)
    bytes_a_pair = (
        max(answer["run"]["peak_bytes_beyond_input"] or 0 for answer in ours) / next(iter(theirs.values()))[0]["pairs"]
    )
    print(f"{goal.name}: {seconds:.4f} s, {bytes_a_pair:.1f} bytes a pair beyond the input", flush=True)
    misses = []
    if bytes_a_pair > MOST_BYTES_A_PAIR:
        misses.append(f"{goal.name}: {bytes_a_pair:.1f} bytes a pair, the goal is {MOST_BYTES_A_PAIR}")
    for peer, answers in theirs.items():
        if {answer["objective"] for answer in answers} != {ours[0]["objective"]}:
            misses.append(f"{goal.name}: the objective of {peer} is {answers[0]['objective']}, ours another")
        found = [their["seconds"] / our["seconds"] for their, our in zip(answers, ours, strict=True)]
        median, wanted = statistics.median(found), goal.than[peer]
        times = f"{min(found):8.2f} {median:8.2f} {max(found):8.2f} times our seconds"
        print(f"  {peer:<20} {times}, the goal is {wanted:g}", flush=True)
        if median < wanted:
            misses.append(f"{goal.name}: {median:.2f} times as fast as {peer}, the goal is {wanted:g}")
    return misses


def _options(folder: Path) -> list[str]:
    places = folder / "places.npy"
    return ["--capacity", str(places), "--maximize", "--unassigned", "0"] if places.exists() else []
