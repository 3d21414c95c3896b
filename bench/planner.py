"""`python -m bench.planner`: what a plan over a large skill graph costs, against sorting its graph topologically.

The floor is graphlib's `TopologicalSorter` over the same prerequisites, which any planner does at least. The graph is
random with a fixed seed: each skill rests on up to four of those before it. The learner wants all
and knows every fifth.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from graphlib import TopologicalSorter

from roadmaps.planner import PlanRequest, SkillGraph, SkillNode, Target, plan

GOAL_MILLISECONDS = 50.0


def main() -> int:
    """Print a row for each size; exit status 1 when 500 skills take longer than the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    print(f"{'skills':>7}{'modules':>9}{'plan ms: min':>14}{'median':>9}{'max':>9}{'x graphlib':>12}")
    is_met = True
    for size in (50, 284, 500, 1000):
        graph = random_graph(size)
        wanted = PlanRequest(
            targets=tuple(Target(skill, 3, is_named=place % 3 == 0) for place, skill in enumerate(graph)),
            known={skill: 2 for place, skill in enumerate(graph) if place % 5 == 0},
            hours_per_week=8,
            weeks=26,
            refresh_below=3,
        )
        times = timed(partial(plan, graph, wanted), rounds)
        floor = timed(partial(sorted_topologically, graph), rounds)
        median = statistics.median(times)
        print(
            f"{size:>7}{len(plan(graph, wanted).modules):>9}{min(times):>14.1f}{median:>9.1f}{max(times):>9.1f}"
            f"{median / statistics.median(floor):>12.1f}"
        )
        if size == 500 and median > GOAL_MILLISECONDS:
            is_met = False
            print(f"missed: 500 skills in {GOAL_MILLISECONDS} ms")
    return 0 if is_met else 1


def random_graph(size: int) -> SkillGraph:
    """A graph without circles, the same for the same size."""
    chance = random.Random(size)  # not a secret
    names = [f"s{number:04}" for number in range(size)]
    return {
        name: SkillNode(
            name,
            name.upper(),
            chance.choice([240, 480, 720, 900]),
            tuple(chance.sample(names[:place], min(place, chance.randint(0, 4)))),
        )
        for place, name in enumerate(names)
    }


def sorted_topologically(graph: SkillGraph) -> list[str]:
    """The skills, each after what it rests on."""
    return list(TopologicalSorter({skill: node.requires for skill, node in graph.items()}).static_order())


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round, after one that is not counted."""
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times


if __name__ == "__main__":
    raise SystemExit(main())
