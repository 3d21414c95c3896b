"""`python -m bench.matcher …`: matcher-rs against the other solvers of the assignment problem, and against itself.

Builds the release binary, makes the instances and installs the peers into an environment of their own, both once, under
`--cache`. In each round every solver gets every instance in a process of its own, one after the other; a ratio is that
of one round. `agree` holds random instances of every shape against SciPy, `published` published ones against their
optimum. `scoring` and `people` are told in `bench.matcher_rounds`. Exit status 1 when objectives differ or a goal is
missed. Give the machine nothing else to do: with other work beside it these are ratios under load.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import matcher_capacity
from bench.matcher_rounds import people, scoring

PROJECT = Path(__file__).resolve().parent.parent
PEERS_SCRIPT = Path(__file__).with_name("matcher_peers.py")
CAPACITY_SCRIPT = Path(__file__).with_name("matcher_capacity_peers.py")
PEOPLE_SCRIPT = Path(__file__).with_name("matcher_people.py")
PINNED = ["numpy==2.4.6", "scipy==1.17.1", "lapx==0.11.1", "lapjv==1.3.29", "laprust==1.0.0", "ortools==9.15.6755"]
PEERS = ["scipy", "lapjvr", "lapjvh", "lapjvs", "lapjv", "laprust"]
TOLERANCES = {"lapjv": 1e-5}
"""Relative, where it is not 1e-9: lapjv calculates with single precision."""
THREADS = 2
PUBLISHED = {
    "assign100.txt": 305,
    "assign200.txt": 475,
    "assign300.txt": 626,
    "assign400.txt": 804,
    "assign500.txt": 991,
    "assign600.txt": 1176,
    "assign700.txt": 1362,
    "assign800.txt": 1552,
    "cost_eps_368.csv.gz": 224.8899507294651,
}
"""Optima of OR-Library (Beasley 1990), and of the matrix of gatagat/lap on which naive Jonker-Volgenant never ends."""
MOST_BYTES_BEYOND_INPUT = 8_000_000
"""At 10,000 × 10,000."""


@dataclass(frozen=True)
class Goal:
    """How many times faster than SciPy and than the fastest other peer, at least, at the median."""

    kind: str
    size: int
    than_scipy: float | None = None
    than_fastest: float | None = None

    @property
    def name(self) -> str:
        """As `--only` matches it."""
        return f"{self.kind} {self.size:,}"


DENSE = [
    Goal("uniform", 1_000, 15, 3),
    Goal("uniform", 2_000, 30, 7),
    Goal("uniform", 5_000, 60, 13),
    Goal("uniform", 10_000, 90, 25),
    Goal("integers-100", 5_000, None, 1),
    Goal("integers-10", 5_000, None, 1),
    Goal("geometric", 5_000, 10, 6),
    Goal("machol-wien", 1_000, 1, None),
]


def main() -> int:
    """Run the command; 1 when it has found something wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    parser.add_argument("--cache", type=Path, default=home / "skillbridge-bench", help="environment and instances")
    parser.add_argument("--binary", type=Path, help="a matcher that is built already")
    commands = parser.add_subparsers(dest="command", required=True)
    dense = commands.add_parser("dense", help="dense matrices of one to one against SciPy, lapx, lapjv and laprust")
    dense.add_argument("--rounds", type=int, default=5)
    dense.add_argument("--only", default="", help="instances with this in their name, as 'uniform 5,000'")
    capacity = commands.add_parser("capacity", help="capacities and few candidates against OR-tools and SciPy")
    capacity.add_argument("--rounds", type=int, default=5)
    capacity.add_argument("--only", default="", help="instances with this in their name, as 'mentoring'")
    agree = commands.add_parser("agree", help="random instances of every shape against SciPy")
    agree.add_argument("--instances", type=int, default=10_000)
    agree.add_argument("--seed", type=int, default=1)
    published = commands.add_parser("published", help="published instances against their published optimum")
    published.add_argument("folder", type=Path, help="with files called " + ", ".join(PUBLISHED))
    scores = commands.add_parser("scoring", help="scores of made-up people against NumPy")
    scores.add_argument("--rounds", type=int, default=5)
    rounds = commands.add_parser("people", help="rounds of made-up people, without their matrix")
    rounds.add_argument("--rounds", type=int, default=5)
    rounds.add_argument("--largest", action="store_true", help="once with 1,000,000 × 100,000: for an hour or so")
    options = parser.parse_args()
    built = _built_people if options.command in ("scoring", "people") else _built
    bench = Bench(options.cache, options.binary or built())
    misses = COMMANDS[options.command](bench, options)
    print("\n".join(misses) or "every goal is met")
    return 1 if misses else 0


def _built() -> Path:
    """The release binary of this working tree."""
    command = ["cargo", "build", "--release", "--locked", "--bin", "matcher"]
    subprocess.run(command, cwd=PROJECT / "matcher-rs", check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "matcher-rs" / "target"))
    return target / "release" / "matcher"


def _built_people() -> Path:
    """The benchmark of people of this working tree."""
    command = ["cargo", "build", "--release", "--locked", "--package", "solver", "--bench", "people"]
    command.append("--message-format=json-render-diagnostics")
    built = subprocess.run(command, cwd=PROJECT / "matcher-rs", check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = (json.loads(line) for line in built.splitlines())
    return next(Path(message["executable"]) for message in messages
                if message["reason"] == "compiler-artifact" and message["target"]["name"] == "people")  # fmt: skip


class Bench:
    """The matcher, the peers in their environment, and instances on disk."""

    def __init__(self, cache: Path, binary: Path) -> None:
        self.binary = binary.resolve()
        self._instances = cache / "instances"
        self._instances.mkdir(parents=True, exist_ok=True)
        self._python = cache / "environment" / "bin" / "python"
        pinned = cache / "environment" / "pinned.txt"
        if not pinned.exists() or pinned.read_text().split() != PINNED:
            venv.create(cache / "environment", clear=True, with_pip=True)
            subprocess.run([self._python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
            pinned.write_text("\n".join(PINNED))

    def instance(self, goal: Goal) -> Path:
        """The file of the instance, made if it is not there."""
        file = self._instances / f"{goal.kind}-{goal.size}.npy"
        if not file.exists():
            unfinished = file.with_suffix(".part.npy")
            self.peers("make", goal.kind, str(goal.size), str(unfinished))
            unfinished.rename(file)
        return file

    def converted(self, source: Path) -> Path:
        """The same matrix as .npy."""
        file = self._instances / f"{source.name}.npy"
        self.peers("convert", str(source), str(file))
        return file

    def peers(self, *arguments: str) -> dict[str, Any]:
        """What the script in the peers' environment answers."""
        return _json([str(self._python), str(PEERS_SCRIPT), *arguments])

    def capacity_peers(self, *arguments: str) -> dict[str, Any]:
        """What the script with the solvers of such problems answers."""
        return _json([str(self._python), str(CAPACITY_SCRIPT), *arguments])

    def numpy_scores(self, folder: Path) -> dict[str, Any]:
        """One pass of NumPy over the people in a folder."""
        return _json([str(self._python), str(PEOPLE_SCRIPT), str(folder)])

    def people(self, command: str, learners: int, mentors: int, *options: str) -> dict[str, Any]:
        """The report of the benchmark of people."""
        size = ["--learners", str(learners), "--mentors", str(mentors), "--threads", str(THREADS)]
        return _json([str(self.binary), command, *size, *options])

    def folder(self, name: str) -> Path:
        """Where files of this name are."""
        return self._instances / name

    def matcher(self, file: Path, repeat: int, *options: str) -> dict[str, Any]:
        """The report of `matcher solve`, with the median of its seconds beside the objective."""
        command = [str(self.binary), "solve", str(file), "--threads", str(THREADS), "--repeat", str(repeat)]
        report = _json([*command, *options])
        return report | {"seconds": statistics.median(report["run"]["seconds"])}


def _json(command: list[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return answer


def _dense(bench: Bench, options: argparse.Namespace) -> list[str]:
    """Print a block for each instance; what is wrong with any."""
    misses = []
    for goal in DENSE:
        if options.only in goal.name:
            misses += _compared(bench, goal, options.rounds)
    return misses


def _compared(bench: Bench, goal: Goal, rounds: int) -> list[str]:
    file = bench.instance(goal)
    # Seconds of a small instance jump about, those of a large one are long.
    repeat, peer_repeat = (9, 3) if goal.size <= 2_000 else (3, 1)
    ours: list[dict[str, Any]] = []
    theirs: dict[str, list[dict[str, Any]]] = {peer: [] for peer in PEERS}
    for _ in range(rounds):
        ours.append(bench.matcher(file, repeat))
        for peer, answers in theirs.items():
            answers.append(bench.peers("solve", peer, str(file), "--repeat", str(peer_repeat)))
    misses = [
        f"{goal.name}: the objective of {peer} is {answers[0]['objective']}, ours {ours[0]['objective']}"
        for peer, answers in theirs.items()
        if not _agree_on(answers[0]["objective"], ours[0]["objective"], TOLERANCES.get(peer, 1e-9))
    ]
    beyond = max(answer["run"]["peak_bytes_beyond_input"] or 0 for answer in ours)
    seconds = statistics.median(answer["seconds"] for answer in ours)
    print(f"{goal.name}: {seconds:.4f} s, {ours[0]['solver']}, {beyond / 1e6:.1f} MB beyond the input", flush=True)
    if goal.size == 10_000 and beyond > MOST_BYTES_BEYOND_INPUT:
        misses.append(f"{goal.name}: {beyond / 1e6:.1f} MB beyond the input, the goal is 8")
    ratios = {peer: _ratios(answers, ours) for peer, answers in theirs.items()}
    fastest = min((peer for peer in PEERS if peer != "scipy"), key=lambda peer: statistics.median(ratios[peer]))
    for peer, found in ratios.items():
        wanted = goal.than_scipy if peer == "scipy" else goal.than_fastest if peer == fastest else None
        median = statistics.median(found)
        print(
            f"  {peer:<8} {min(found):8.2f} {median:8.2f} {max(found):8.2f} times our seconds"
            + (f", the goal is {wanted:g}" if wanted else ""),
            flush=True,
        )
        if wanted and median < wanted:
            misses.append(f"{goal.name}: {median:.2f} times as fast as {peer}, the goal is {wanted:g}")
    return misses


def _ratios(theirs: Iterable[dict[str, Any]], ours: Iterable[dict[str, Any]]) -> list[float]:
    return [their["seconds"] / our["seconds"] for their, our in zip(theirs, ours, strict=True)]


def _agree_on(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(abs(one), abs(other))


def _agree(bench: Bench, options: argparse.Namespace) -> list[str]:
    """Which random instances SciPy sees differently, dense ones and then those with capacities."""
    misses = []
    arguments = ["agree", str(bench.binary), "--instances", str(options.instances), "--seed", str(options.seed)]
    for peers, kind in ((bench.peers, "dense"), (bench.capacity_peers, "with capacities")):
        answer = peers(*arguments)
        print(f"{answer['instances']:,} random instances {kind}, {len(answer['different'])} differ from SciPy")
        misses += [f"{kind} {one['instance']}: {one['what']}: {one['said']}" for one in answer["different"]]
    return misses


def _published(bench: Bench, options: argparse.Namespace) -> list[str]:
    """Which instances of the folder come to something else, by any method."""
    misses = []
    found = [options.folder / name for name in PUBLISHED if (options.folder / name).exists()]
    for source in found:
        optimum = PUBLISHED[source.name]
        file = bench.converted(source)
        for method in ("auto", "candidate-lists", "dense-scan"):
            objective = bench.matcher(file, 1, "--method", method)["objective"]
            print(f"{source.name}: {objective}, {method}")
            if not _agree_on(objective, optimum, 1e-13):
                misses.append(f"{source.name}: {objective} by {method}, the optimum is {optimum}")
    return misses if found else [f"{options.folder} has none of the published instances"]


COMMANDS = {
    "dense": _dense,
    "capacity": matcher_capacity.compare,
    "agree": _agree,
    "published": _published,
    "scoring": scoring,
    "people": people,
}

if __name__ == "__main__":
    sys.exit(main())
