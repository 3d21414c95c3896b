"""`match`: the best assignment of all learners to all mentors, with alternates, prices, reasons and sums."""

from collections import Counter

from matches.solver.canonical import Json, canonical_match, input_hash
from matches.solver.counterfactuals import counterfactuals
from matches.solver.optimum import demand_room
from matches.solver.policy import Assigned, Pairs, Round, present_pairs, suitable_pairs
from matches.solver.scoring import ScoredPair


def match(request: Json) -> Json:
    """Assignments with the highest total of what the policy counts, and what explains them.

    Always with the matrix of all pairs, whatever `method` the request asks for. Raises ProblemTooLargeError before
    any pair is scored.
    """
    demand_room([1] * len(request["learners"]), [mentor["capacity"] for mentor in request["mentors"]])
    canonical = canonical_match(request)
    capacity: dict[str, int] = {mentor["id"]: mentor["capacity"] for mentor in canonical["mentors"]}
    suitable = suitable_pairs(canonical)
    present = present_pairs(canonical, suitable)
    round_ = Round(canonical, present)
    solved = round_.solve()
    found, without_floor = solved.found, solved.without_floor
    ranking = {learner: _ranking(pairs) for learner, pairs in present.items()}
    total = sum(present[learner][mentor].score for learner, mentor in found.mentor_of.items())
    changes = counterfactuals(canonical, suitable, round_, solved)
    unmatched = [
        {
            "learner": learner,
            "counterfactual": changes.get(learner),
            "reason": _reason(learner, suitable, present, found),
        }
        for learner in suitable
        if learner not in found.mentor_of
    ]
    return {
        "assignments": [
            present[learner][mentor].as_json()
            | {"learner": learner, "mentor": mentor, "rank": ranking[learner].index(mentor) + 1}
            for learner, mentor in sorted(found.mentor_of.items())
        ],
        "alternates": {
            learner: _alternates(ranked, present[learner], found.mentor_of.get(learner), canonical["alternates"])
            for learner, ranked in ranking.items()
        },
        "unmatched": unmatched,
        "unmatched_by": _unmatched_by(canonical, unmatched),
        "blocking_pairs": _blocking_pairs(present, capacity, found),
        "prices": found.prices,
        "objective": found.objective,
        "dual_objective": found.objective,
        "total_score": total,
        "matched": len(found.mentor_of),
        "method": "pairs",
        "loss": round_.highest_total_score() - total if round_.has_options else None,
        "floor": without_floor and {"threshold": found.threshold, "loss": without_floor.objective - found.objective},
        "input_hash": input_hash(canonical),
    }


def _ranking(pairs: dict[str, ScoredPair]) -> list[str]:
    """The mentors who are not absent, best first."""
    return sorted(pairs, key=lambda mentor: (-pairs[mentor].score, mentor))


def _alternates(ranked: list[str], pairs: dict[str, ScoredPair], assigned: str | None, most: int) -> list[Json]:
    others = [(rank, mentor) for rank, mentor in enumerate(ranked, start=1) if mentor != assigned]
    return [{"mentor": mentor, "rank": rank, "score": pairs[mentor].score} for rank, mentor in others[:most]]


def _reason(learner: str, suitable: Pairs, present: Pairs, found: Assigned) -> str:
    if not suitable[learner]:
        return "no_feasible_mentor"
    if not present[learner]:
        return "capacity_exhausted"
    allowed = {mentor: pair.score for mentor, pair in present[learner].items() if pair.score >= found.threshold}
    if not allowed:
        return "below_floor"
    is_outscored = all(
        present[other][mentor].score > allowed[mentor] for other, mentor in found.mentor_of.items() if mentor in allowed
    )
    return "outscored" if is_outscored else "capacity_exhausted"


def _unmatched_by(canonical: Json, unmatched: list[Json]) -> Json:
    """How many they are by what they have in common; an empty key for who says nothing."""
    reasons = {one["learner"]: one["reason"] for one in unmatched}
    people = [learner for learner in canonical["learners"] if learner["id"] in reasons]
    return {
        "language": Counter(next(iter(one["languages"]), "") for one in people),
        "level": Counter(str(max((want["level"] for want in one["wants"]), default="")) for one in people),
        "reason": Counter(reasons.values()),
        "utc_offset_minutes": Counter(
            "" if one["utc_offset_minutes"] is None else str(one["utc_offset_minutes"]) for one in people
        ),
    }


def _blocking_pairs(present: Pairs, capacity: dict[str, int], found: Assigned) -> int:
    """Pairs where both would rather: the learner than what they have, the mentor than a place or their lowest score."""
    held: dict[str, list[int]] = {mentor: [] for mentor in capacity}
    for learner, mentor in found.mentor_of.items():
        held[mentor].append(present[learner][mentor].score)
    worst = {
        mentor: -1 if len(scores) < capacity[mentor] else min(scores)
        for mentor, scores in held.items()
        if capacity[mentor]
    }
    count = 0
    for learner, pairs in present.items():
        own = pairs[found.mentor_of[learner]].score if learner in found.mentor_of else -1
        count += sum(pair.score > max(own, worst[other]) for other, pair in pairs.items())
    return count
