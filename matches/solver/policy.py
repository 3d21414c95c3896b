"""What a round aims at: the value of a pair under the options of a request, and the optimum of all pairs.

The rules are in matcher-rs/contracts/README.md, "Policy".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matches.solver.assignment import solve_problem
from matches.solver.canonical import Json
from matches.solver.optimum import Problem, UnprovenError
from matches.solver.scoring import HIGHEST_SCORE, ScoredPair, Scorer

Pairs = dict[str, dict[str, ScoredPair]]
"""By learner, then by mentor."""


def suitable_pairs(canonical: Json, learners: Iterable[Json] | None = None) -> Pairs:
    """The pairs, of these learners or of all, that are absent for no other reason than a lack of places."""
    scorer = Scorer(canonical)
    suitable: Pairs = {}
    for learner in canonical["learners"] if learners is None else learners:
        pairs = (
            (mentor["id"], scorer.score(learner, mentor, ignoring_capacity=True)) for mentor in canonical["mentors"]
        )
        suitable[learner["id"]] = {mentor: pair for mentor, pair in pairs if pair.absence is None}
    return suitable


def present_pairs(canonical: Json, suitable: Pairs) -> Pairs:
    """Of suitable pairs those that are not absent."""
    with_places = {mentor["id"] for mentor in canonical["mentors"] if mentor["capacity"]}
    return {
        learner: {mentor: pair for mentor, pair in pairs.items() if mentor in with_places}
        for learner, pairs in suitable.items()
    }


@dataclass(frozen=True, slots=True)
class Solved:
    """The optimum under the policy."""

    found: "Assigned"
    without_floor: "Assigned | None"
    """With a floor, the optimum that there would be without."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """An optimum."""

    threshold: int
    """The lowest score that was allowed, pins apart."""
    mentor_of: dict[str, str]
    prices: dict[str, int]
    objective: int
    """What was maximised, pins included."""


class Round:
    """All learners at once: the problem that a policy makes of the pairs."""

    def __init__(self, canonical: Json, present: Pairs) -> None:
        self._canonical = canonical
        self._policy: Json = canonical["policy"]
        self._present = present
        self._pins: dict[str, str] = {pin["learner"]: pin["mentor"] for pin in canonical["constraints"]["pins"]}
        self.places: dict[str, int] = {mentor["id"]: mentor["capacity"] for mentor in canonical["mentors"]}
        """Of each mentor, without those that pins take."""
        for mentor in self._pins.values():
            self.places[mentor] -= 1
        self._priority: dict[str, int] = {one["id"]: one["priority"] for one in canonical["learners"]}
        self._standing = {(pair["learner"], pair["mentor"]) for pair in self._policy["sticky"]["pairs"]}
        queue = sorted(canonical["learners"], key=lambda one: (-(one["waiting_days"] or 0), one["id"]))
        self.queue: list[str] = [learner["id"] for learner in queue if learner["id"] not in self._pins]
        """Learners in the order in which they choose, without those who are pinned."""

    @property
    def has_options(self) -> bool:
        """Whether anything else than the sum of the scores is maximised."""
        is_sticky = bool(self._policy["sticky"]["bonus"] and self._standing)
        return self._policy["fair"] or self._policy["floor"] is not None or is_sticky or any(self._priority.values())

    def solve(self) -> Solved:
        """The optimum under the policy: with a floor, that of the threshold of bisection."""
        without = self._at_least(0)
        if self._policy["floor"] is None:
            return Solved(without, None)
        best, loss_permille = without, self._policy["floor"]["loss_permille"]
        low, high = 0, HIGHEST_SCORE + 1
        while high - low > 1:
            middle = (low + high) // 2
            found = self._at_least(middle)
            loss = without.objective - found.objective
            if len(found.mentor_of) >= len(without.mentor_of) and loss * 1000 <= loss_permille * without.objective:
                low, best = middle, found
            else:
                high = middle
        return Solved(best, without)

    def highest_total_score(self) -> int:
        """The highest total score that there is with the pins, whatever the policy."""
        return self._optimum(0, is_plain=True).objective

    def gains(self, found: Assigned, prices: Mapping[str, int]) -> dict[str, int]:
        """What learners who are not pinned gain at these prices."""
        held = {learner: found.mentor_of.get(learner) for learner in self.queue}
        return {
            learner: self.value(learner, mentor, self._present[learner][mentor].score) - prices[mentor] if mentor else 0
            for learner, mentor in held.items()
        }

    def highest_prices(self, found: Assigned) -> dict[str, int]:
        """The largest optimal price of each mentor with a place: what the others lose if one of the places is gone.

        Shortest paths, by Bellman and Ford's rounds, of those who would have to move on: from a free place, or from
        having nobody. `found` is the optimum without a floor.
        """
        held = {learner: mentor for learner, mentor in found.mentor_of.items() if learner not in self._pins}
        values = {
            learner: {
                other: self.value(learner, other, pair.score)
                for other, pair in self._present[learner].items()
                if self.places[other]
            }
            for learner in held
        }
        highest = {mentor: 0 for mentor, places in self.places.items() if places}
        for mentor, count in Counter(held.values()).items():
            if count == self.places[mentor]:
                highest[mentor] = min(values[learner][mentor] for learner, other in held.items() if other == mentor)
        is_settled = False
        while not is_settled:
            is_settled = True
            for learner, mentor in held.items():
                own = values[learner]
                least = min(highest[other] - value for other, value in own.items()) + own[mentor]
                if least < highest[mentor]:
                    highest[mentor], is_settled = least, False
        return highest

    def _at_least(self, threshold: int) -> Assigned:
        return self._optimum(threshold, is_plain=False)

    def _optimum(self, threshold: int, *, is_plain: bool) -> Assigned:
        mentors = list(self.places)
        column_of = {mentor: column for column, mentor in enumerate(mentors)}
        value = (lambda _, __, score: score) if is_plain else self.value
        problem = Problem.of(
            [
                (row, column_of[mentor], value(learner, mentor, pair.score))
                for row, learner in enumerate(self.queue)
                for mentor, pair in self._present[learner].items()
                if pair.score >= threshold
            ],
            row_capacity=[1] * len(self.queue),
            column_capacity=list(self.places.values()),
            unassigned_value=0,
        )
        if (found := solve_problem(problem)) is None:
            raise UnprovenError("nobody has to be assigned, so this has a solution")
        columns, prices, objective = found
        chosen = {
            learner: mentors[column] for learner, column in zip(self.queue, columns, strict=True) if column is not None
        }
        pinned = sum(
            value(learner, mentor, self._present[learner][mentor].score) for learner, mentor in self._pins.items()
        )
        by_mentor = dict(zip(mentors, prices.tolist(), strict=True))
        return Assigned(threshold, chosen | self._pins, by_mentor, objective + pinned)

    def value(self, learner: str, mentor: str, score: int) -> int:
        """What a pair with this score counts."""
        base = score * (2 * HIGHEST_SCORE - score) // HIGHEST_SCORE if self._policy["fair"] else score
        bonus: int = self._policy["sticky"]["bonus"] if (learner, mentor) in self._standing else 0
        return base + self._priority[learner] + bonus
