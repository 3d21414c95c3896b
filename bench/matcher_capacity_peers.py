"""`python matcher_capacity_peers.py make|solve|agree …`: problems with capacities or few candidates, and their solvers.

As `matcher_peers.py`, this runs in the environment of the other solvers and answers with a line of JSON. An instance is
the folder with `graph.npz` (rows are learners) and, where mentors have several places, `places.npy`; without that file
everybody has to be assigned.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ortools.graph.python import linear_sum_assignment, min_cost_flow
from scipy import optimize, sparse

Array = Any


def main() -> None:
    """Do what `bench.matcher_capacity` asks and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make")
    make.add_argument("kind", choices=KINDS)
    make.add_argument("numbers", type=int, nargs="+")
    make.add_argument("--folder", type=Path, required=True)
    solve = commands.add_parser("solve")
    solve.add_argument("peer", choices=PEERS)
    solve.add_argument("folder", type=Path)
    agree = commands.add_parser("agree")
    agree.add_argument("matcher", type=Path)
    agree.add_argument("--instances", type=int, default=10_000)
    agree.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.command == "make":
        graph, places = KINDS[options.kind](*options.numbers)
        options.folder.mkdir(parents=True)
        sparse.save_npz(options.folder / "graph.npz", graph, compressed=False)
        if places is not None:
            np.save(options.folder / "places.npy", places)
        print(json.dumps({"pairs": graph.nnz}))
    elif options.command == "solve":
        print(json.dumps(PEERS[options.peer](options.folder)))
    else:
        print(json.dumps(_agree(options.matcher, options.instances, options.seed)))


def _graph(rows: Array, columns: Array, values: Array, shape: tuple[int, int]) -> sparse.csr_array:
    """Of a pair that is given twice the first value stays."""
    _, first = np.unique(rows.astype(np.int64) * shape[1] + columns, return_index=True)
    return sparse.csr_array((values[first].astype(np.int64), (rows[first], columns[first])), shape=shape)


def _clustered(learners: int, mentors: int, places: int) -> tuple[sparse.csr_array, Array]:
    """32 candidates for each learner, 85 % of them of the learner's cluster, popular mentors more often."""
    random = np.random.default_rng(learners + mentors)
    clusters, candidates = 64, 32
    of_mentor = np.sort(random.integers(0, clusters, mentors))
    starts = np.searchsorted(of_mentor, np.arange(clusters + 1))
    of_learner = random.integers(0, clusters, learners)
    shape = (learners, candidates)
    place = random.random(shape)
    inside = random.random(shape) < 0.85
    near = starts[of_learner][:, None] + place**1.5 * np.diff(starts)[of_learner][:, None]
    columns = np.where(inside, near, place * mentors).astype(np.int64)
    same = of_mentor[columns] == of_learner[:, None]
    quality = random.integers(0, 151, mentors)
    values = 200 + quality[columns] + random.integers(0, 451, shape) + 150 * same
    rows = np.repeat(np.arange(learners), candidates)
    return _graph(rows, columns.ravel(), values.ravel(), (learners, mentors)), np.full(mentors, places)


def _perfect(side: int) -> tuple[sparse.csr_array, None]:
    """32 candidates for each row at costs 1 to 1000, one of them from a hidden permutation: all can be assigned."""
    random = np.random.default_rng(side)
    columns = random.integers(0, side, (side, 32))
    columns[:, 0] = random.permutation(side)
    values = random.integers(1, 1001, (side, 32))
    return _graph(np.repeat(np.arange(side), 32), columns.ravel(), values.ravel(), (side, side)), None


def _mentoring(learners: int, mentors: int, places: int) -> tuple[sparse.csr_array, Array]:
    """Scores up to 1000 by skills, hours, time zone and language; about nine pairs of ten share too little."""
    random = np.random.default_rng(learners + 7 * mentors)
    wants, learner_zones, learner_hours, learner_languages = _people(random, learners, 3, 8)
    has, zones, hours, languages = _people(random, mentors, 5, 15)
    met = sum(np.minimum(wants[:, [skill]], has[:, skill]).astype(np.int32) for skill in range(wants.shape[1]))
    common = (learner_hours.astype(np.float32) @ hours.T.astype(np.float32)).astype(np.int64)
    apart = np.abs(learner_zones[:, None] - zones) % 24
    apart = np.minimum(apart, 24 - apart)
    skill = 500 * met // wants.sum(axis=1, dtype=np.int64)[:, None]
    scores = skill + 30 * np.minimum(common, 10) + 200 - 200 * apart // 12
    scores *= (met > 0) & (common > 0) & ((learner_languages[:, None] & languages) > 0)
    rows, columns = np.nonzero(scores)
    return _graph(rows, columns, scores[rows, columns], scores.shape), np.full(mentors, places)


def _people(random: np.random.Generator, count: int, least: int, most: int) -> tuple[Array, Array, Array, Array]:
    """Levels of 200 skills drawn by a power law, hours from UTC, free hours of the week, languages as bits."""
    levels = np.zeros((count, 200), dtype=np.int8)
    hours = np.zeros((count, 168), dtype=bool)
    zones = random.choice([-8, -6, -5, -3, 0, 1, 2, 3, 5, 8, 9, 10], count)
    for person in range(count):
        known = (200 * random.random(random.integers(least, most, endpoint=True)) ** 2.2).astype(int)
        levels[person, known] = random.integers(1, 6, known.size)
        for day in range(7):
            chance, earliest, latest = (0.7, 9, 19) if day >= 5 else (0.45, 17, 20)
            if random.random() < chance:
                start = day * 24 + random.integers(earliest, latest, endpoint=True) - zones[person]
                hours[person, (start + np.arange(random.integers(2, 5))) % 168] = True
    english = random.random(count) < 0.8
    other = (random.random(count) < 0.6) | ~english
    return levels, zones, hours, english | (other << random.integers(1, 12, count))


KINDS: dict[str, Callable[..., tuple[sparse.csr_array, Array | None]]] = {
    "clustered": _clustered,
    "perfect": _perfect,
    "mentoring": _mentoring,
}


def _graph_of(folder: Path) -> sparse.csr_array:
    return sparse.csr_array(sparse.load_npz(folder / "graph.npz"))


def _read(folder: Path) -> tuple[sparse.csr_array, Array]:
    return _graph_of(folder), np.load(folder / "places.npy")


def _flow(folder: Path) -> dict[str, Any]:
    """OR-tools' minimum-cost flow: from each learner, over the places of a mentor or past them, to the end."""
    graph, places = _read(folder)
    learners, mentors = graph.shape
    end = learners + mentors
    pairs = graph.tocoo()
    tails = np.concatenate([pairs.row, learners + np.arange(mentors), np.arange(learners)])
    heads = np.concatenate([learners + pairs.col, np.full(mentors + learners, end)])
    capacities = np.concatenate([np.ones(graph.nnz, np.int64), places, np.ones(learners, np.int64)])
    costs = np.concatenate([-pairs.data, np.zeros(mentors + learners, np.int64)])
    flow = min_cost_flow.SimpleMinCostFlow()
    began = time.perf_counter()
    flow.add_arcs_with_capacity_and_unit_cost(tails, heads, capacities, costs)
    flow.set_nodes_supplies(np.arange(end + 1), np.concatenate([np.ones(learners), np.zeros(mentors), [-learners]]))
    status = flow.solve()
    seconds = time.perf_counter() - began
    assert status == flow.OPTIMAL, status
    return {"objective": -flow.optimal_cost(), "seconds": seconds, "pairs": graph.nnz}


def _copies(folder: Path) -> dict[str, Any]:
    """SciPy's dense solver on a matrix in which a mentor is there as often as they have places."""
    graph, places = _read(folder)
    matrix = np.repeat(graph.toarray().astype(np.float64), places, axis=1)
    began = time.perf_counter()
    rows, columns = optimize.linear_sum_assignment(matrix, maximize=True)
    seconds = time.perf_counter() - began
    return {"objective": int(matrix[rows, columns].sum()), "seconds": seconds, "pairs": graph.nnz}


def _assignment(folder: Path) -> dict[str, Any]:
    """OR-tools' assignment of everybody."""
    pairs = _graph_of(folder).tocoo()
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    began = time.perf_counter()
    solver.add_arcs_with_cost(pairs.row, pairs.col, pairs.data)
    status = solver.solve()
    seconds = time.perf_counter() - began
    assert status == solver.OPTIMAL, status
    return {"objective": solver.optimal_cost(), "seconds": seconds, "pairs": pairs.nnz}


def _sparse(folder: Path) -> dict[str, Any]:
    """SciPy's assignment of everybody."""
    graph = _graph_of(folder)
    began = time.perf_counter()
    rows, columns = sparse.csgraph.min_weight_full_bipartite_matching(graph)
    seconds = time.perf_counter() - began
    return {"objective": int(graph[rows, columns].sum()), "seconds": seconds, "pairs": graph.nnz}


PEERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "or-tools-flow": _flow,
    "scipy-on-copies": _copies,
    "or-tools-assignment": _assignment,
    "scipy-sparse": _sparse,
}


def _agree(matcher: Path, instances: int, seed: int) -> dict[str, Any]:
    """How many random instances the matcher and SciPy on copies come to the same of; the others by what they are."""
    random = np.random.default_rng(seed)
    different = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(instances):
            rows, columns = (int(side) for side in random.integers(1, random.choice([6, 20, 60]), 2))
            values = random.integers(1, int(random.choice([3, 20, 4096])), (rows, columns))
            values[random.random((rows, columns)) < random.random()] = 0
            places = random.integers(0, 4, columns)
            sparse.save_npz(folder / "graph.npz", sparse.csr_array(values))
            np.save(folder / "places.npy", places)
            options = ["--capacity", str(folder / "places.npy"), "--maximize", "--unassigned", "0", "--threads", "1"]
            command = [str(matcher), "solve", str(folder / "graph.npz"), *options]
            found = subprocess.run(command, capture_output=True, text=True, check=False)
            copies = np.repeat(values, places, axis=1)
            expected = int(copies[optimize.linear_sum_assignment(copies, maximize=True)].sum())
            if found.returncode != 0 or json.loads(found.stdout)["objective"] != expected:
                what = f"{rows} × {columns}, {np.count_nonzero(values)} pairs, {places.sum()} places"
                different.append({"instance": number, "what": what, "said": found.stdout + found.stderr})
    return {"instances": instances, "different": different}


if __name__ == "__main__":
    main()
