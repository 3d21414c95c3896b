"""`match`: the best assignment of all learners to all mentors, with alternates, prices and reasons."""

from matches.solver.assignment import solve_problem
from matches.solver.canonical import Json, canonical_match, input_hash
from matches.solver.optimum import Problem, UnprovenError
from matches.solver.scoring import ScoredPair, Scorer

Pairs = dict[str, dict[str, ScoredPair]]
"""By learner, then by mentor: the suitable pairs, absent for no other reason than a lack of places."""


def match(request: Json) -> Json:
    """Assignments with the highest total score, and what explains them."""
    canonical = canonical_match(request)
    capacity = {mentor["id"]: mentor["capacity"] for mentor in canonical["mentors"]}
    suitable = _suitable_pairs(canonical)
    queue = [
        learner["id"]
        for learner in sorted(canonical["learners"], key=lambda one: (-(one["waiting_days"] or 0), one["id"]))
    ]
    mentors = list(capacity)
    column_of = {mentor: column for column, mentor in enumerate(mentors)}
    problem = Problem.of(
        [
            (row, column_of[mentor], pair.score)
            for row, learner in enumerate(queue)
            for mentor, pair in suitable[learner].items()
            if capacity[mentor]
        ],
        row_capacity=[1] * len(queue),
        column_capacity=list(capacity.values()),
        unassigned_value=0,
    )
    if (found := solve_problem(problem)) is None:
        raise UnprovenError("nobody has to be assigned, so this has a solution")
    columns, prices, objective = found
    assigned = {learner: mentors[column] for learner, column in zip(queue, columns, strict=True) if column is not None}
    ranking = {learner: _ranking(pairs, capacity) for learner, pairs in suitable.items()}
    return {
        "assignments": [
            suitable[learner][mentor].as_json()
            | {"learner": learner, "mentor": mentor, "rank": ranking[learner].index(mentor) + 1}
            for learner, mentor in sorted(assigned.items())
        ],
        "alternates": {
            learner: _alternates(ranked, suitable[learner], assigned.get(learner), canonical["alternates"])
            for learner, ranked in ranking.items()
        },
        "unmatched": [
            {"learner": learner, "reason": _reason(learner, suitable, capacity, assigned)}
            for learner in sorted(suitable)
            if learner not in assigned
        ],
        "prices": dict(zip(mentors, prices.tolist(), strict=True)),
        "objective": objective,
        "dual_objective": objective,
        "input_hash": input_hash(canonical),
    }


def _suitable_pairs(canonical: Json) -> Pairs:
    scorer = Scorer(canonical)
    suitable: Pairs = {}
    for learner in canonical["learners"]:
        pairs = (
            (mentor["id"], scorer.score(learner, mentor, ignoring_capacity=True)) for mentor in canonical["mentors"]
        )
        suitable[learner["id"]] = {mentor: pair for mentor, pair in pairs if pair.absence is None}
    return suitable


def _ranking(pairs: dict[str, ScoredPair], capacity: dict[str, int]) -> list[str]:
    """The mentors who are not absent, best first."""
    return sorted((mentor for mentor in pairs if capacity[mentor]), key=lambda mentor: (-pairs[mentor].score, mentor))


def _alternates(ranked: list[str], pairs: dict[str, ScoredPair], assigned: str | None, most: int) -> list[Json]:
    others = [(rank, mentor) for rank, mentor in enumerate(ranked, start=1) if mentor != assigned]
    return [{"mentor": mentor, "rank": rank, "score": pairs[mentor].score} for rank, mentor in others[:most]]


def _reason(learner: str, suitable: Pairs, capacity: dict[str, int], assigned: dict[str, str]) -> str:
    if not suitable[learner]:
        return "no_feasible_mentor"
    with_places = [mentor for mentor in suitable[learner] if capacity[mentor]]
    is_outscored = with_places and all(
        suitable[other][mentor].score > suitable[learner][mentor].score
        for other, mentor in assigned.items()
        if mentor in suitable[learner]
    )
    return "outscored" if is_outscored else "capacity_exhausted"
