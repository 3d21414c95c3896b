"""`python matcher_peers.py make|convert|solve|agree …`: what runs in the environment of the other solvers, not in ours.

That has NumPy, SciPy and the peers of `bench.matcher`, which starts this and reads its JSON. Instances are the same in
every run.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

Matrix = Any
Solver = Callable[[Matrix], tuple[Any, Any]]


def main() -> None:
    """Do what `bench.matcher` asks and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make")
    make.add_argument("kind", choices=KINDS)
    make.add_argument("size", type=int)
    make.add_argument("file", type=Path)
    solve = commands.add_parser("solve")
    solve.add_argument("peer", choices=PEERS)
    solve.add_argument("file", type=Path)
    solve.add_argument("--repeat", type=int, default=1)
    text = commands.add_parser("convert")
    text.add_argument("source", type=Path)
    text.add_argument("file", type=Path)
    agree = commands.add_parser("agree")
    agree.add_argument("matcher", type=Path)
    agree.add_argument("--instances", type=int, default=10_000)
    agree.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.command == "make":
        np.save(options.file, KINDS[options.kind](options.size))
        print(json.dumps({"file": str(options.file)}))
    elif options.command == "convert":
        np.save(options.file, _published(options.source))
        print(json.dumps({"file": str(options.file)}))
    elif options.command == "solve":
        print(json.dumps(_solve(options.peer, np.load(options.file), options.repeat)))
    else:
        print(json.dumps(_agree(options.matcher, options.instances, options.seed)))


def _uniform(n: int) -> Matrix:
    return np.random.default_rng(1000 + n).random((n, n))


def _integers(highest: int) -> Callable[[int], Matrix]:
    return lambda n: np.random.default_rng(2000 + n + highest).integers(1, highest, (n, n), endpoint=True)


def _geometric(n: int) -> Matrix:
    """Whole distances between two sets of points in a square of 1000 × 1000."""
    random = np.random.default_rng(3000 + n)
    here, there = random.random((2, n, 2)) * 1000
    distances = np.empty((n, n), dtype=np.int64)
    for row, point in enumerate(here):
        distances[row] = np.hypot(*(there - point).T)
    return distances


def _products(n: int) -> Matrix:
    """Row × column, from 1 (Machol and Wien 1977)."""
    return np.outer(np.arange(1, n + 1), np.arange(1, n + 1))


def _published(source: Path) -> Matrix:
    """Either OR-Library's form, the side and then the costs row by row, or lines of comma-separated floats."""
    if ".csv" in source.suffixes:
        return np.loadtxt(source, delimiter=",")
    side, *costs = (int(word) for word in source.read_text().split())
    return np.array(costs).reshape(side, side)


KINDS: dict[str, Callable[[int], Matrix]] = {
    "uniform": _uniform,
    "integers-100": _integers(100),
    "integers-10": _integers(10),
    "geometric": _geometric,
    "machol-wien": _products,
}


def _lapx(name: str, **arguments: bool) -> Callable[[], Solver]:
    def load() -> Solver:
        solver = getattr(import_module("lap"), name)
        return lambda matrix: solver(matrix, return_cost=False, **arguments)

    return load


def _lapjv() -> Solver:
    solver = import_module("lapjv").lapjv
    return lambda matrix: (np.arange(len(matrix)), solver(matrix)[0])


def _laprust() -> Solver:
    solver = import_module("laprust").lapjv
    return lambda matrix: solver(matrix, return_cost=False)


PEERS: dict[str, Callable[[], Solver]] = {
    "scipy": lambda: linear_sum_assignment,
    "lapjvr": _lapx("lapjvr"),
    "lapjvh": _lapx("lapjvh"),
    "lapjvs": _lapx("lapjvs", prefer_float32=False),
    "lapjv": _lapjv,
    "laprust": _laprust,
}


def _solve(peer: str, matrix: Matrix, repeat: int) -> dict[str, Any]:
    """The objective and the median time; the matrix is in the type that peers want before the clock starts."""
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    solver = PEERS[peer]()
    seconds = []
    for _ in range(repeat):
        started = time.perf_counter()
        rows, columns = solver(matrix)
        seconds.append(time.perf_counter() - started)
    objective = float(matrix[np.asarray(rows), np.asarray(columns)].sum())
    return {"objective": objective, "seconds": statistics.median(seconds)}


def _agree(matcher: Path, instances: int, seed: int) -> dict[str, Any]:
    """How many random instances the matcher and SciPy come to the same of; the others by what they are."""
    random = np.random.default_rng(seed)
    different = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "matrix.npy")
        for number in range(instances):
            matrix, maximize, description = _random(random)
            np.save(file, matrix)
            method = ("auto", "candidate-lists", "dense-scan")[number % 3]
            options = ["--method", method, "--threads", "1", *(["--maximize"] if maximize else [])]
            command = [str(matcher), "solve", str(file), *options]
            found = subprocess.run(command, capture_output=True, text=True, check=False)
            if found.returncode not in (0, 1) or not _same(json.loads(found.stdout), matrix, maximize):
                different.append({"instance": number, "what": description, "said": found.stdout + found.stderr})
    return {"instances": instances, "different": different}


def _random(random: np.random.Generator) -> tuple[Matrix, bool, str]:
    """A matrix of any shape, type, order in memory and range, with forbidden pairs if it holds floats."""
    rows, columns = (int(side) for side in random.integers(1, random.choice([8, 40, 120]), 2))
    if random.random() < 0.5:
        columns = rows
    maximize = bool(random.random() < 0.5)
    matrix: Matrix
    kind = random.choice(["ties", "wide", "uniform", "geometric", "forbidden"])
    match kind:
        case "ties":
            matrix = random.integers(-2, 3, (rows, columns))
        case "wide":
            matrix = random.integers(-(10**12), 10**12, (rows, columns))
        case "uniform":
            matrix = random.random((rows, columns)) - 0.5
        case "geometric":
            matrix = np.abs(random.integers(0, 1000, (rows, 1)) - random.integers(0, 1000, columns))
        case _:
            matrix = random.integers(0, 50, (rows, columns)).astype(np.float64)
            matrix[random.random((rows, columns)) < random.random()] = -np.inf if maximize else np.inf
    if random.random() < 0.5:
        matrix = np.asfortranarray(matrix)
    return matrix, maximize, f"{kind}, {rows} × {columns}, maximize={maximize}"


def _same(report: dict[str, Any], matrix: Matrix, maximize: bool) -> bool:
    try:
        rows, columns = linear_sum_assignment(matrix, maximize=maximize)
    except ValueError:
        return bool(report["status"] == "infeasible")
    expected = matrix[rows, columns].sum()
    if matrix.dtype == np.int64:
        return bool(report.get("objective") == int(expected))
    return "objective" in report and bool(np.isclose(report["objective"], expected, rtol=1e-12, atol=1e-12))


if __name__ == "__main__":
    main()
