"""What would have to be different for an unmatched learner to be matched: the first change, in order, that is proven.

The rules, and why they hold, are in matcher-rs/contracts/README.md, "Counterfactuals".
"""

from matches.solver.canonical import Json
from matches.solver.changes import made, named
from matches.solver.more_places import more_places
from matches.solver.own_changes import own_changes
from matches.solver.policy import Pairs, Round, Solved, present_pairs, suitable_pairs

MOST_SOLVED = 20
MOST_PAIRS_SOLVED = 500_000
MOST_LEARNERS_SOLVED = 5_000


def counterfactuals(canonical: Json, suitable: Pairs, round_: Round, solved: Solved) -> dict[str, Json]:
    """By learner; without one is only who can have no mentor whatever happens, or nearly so."""
    found = solved.without_floor or solved.found
    unmatched = [learner for learner in round_.queue if learner not in solved.found.mentor_of]
    others = [learner for learner in unmatched if learner not in found.mentor_of]
    no_floor = {"without_floor": True}
    highest = round_.highest_prices(found)
    own = own_changes(canonical, round_, highest, solved.found.threshold, others)
    left = [learner for learner in others if learner not in own]
    enough = more_places(canonical, suitable, round_, found, highest, left)
    changes = dict.fromkeys([learner for learner in unmatched if learner in found.mentor_of], no_floor) | own
    left_to_solve = _most_solved(canonical)
    for learner in others:
        if learner not in own and learner not in enough:
            continue
        change, fewer = (own[learner], None) if learner in own else (enough[learner].change, enough[learner].fewer)
        # What is enough without a floor has been proven.
        candidates = [one for one in (fewer, change if solved.without_floor else None) if one is not None]
        changes[learner] = change | (no_floor if solved.without_floor else {})
        for candidate in candidates[:left_to_solve]:
            left_to_solve -= 1
            if _is_matched_by(canonical, suitable, learner, candidate):
                changes[learner] = candidate
                break
    return {learner: named(change) for learner, change in changes.items()}


def _most_solved(canonical: Json) -> int:
    """How often the changed round is solved anew."""
    learners, mentors = len(canonical["learners"]), len(canonical["mentors"])
    return min(MOST_SOLVED, MOST_PAIRS_SOLVED // max(1, learners * mentors), MOST_LEARNERS_SOLVED // max(1, learners))


def _is_matched_by(canonical: Json, suitable: Pairs, learner: str, change: Json) -> bool:
    """Whether the learner has a mentor in the optimum under the same policy once the change is made."""
    request = made(canonical, learner, change)
    if "minimum_score" in change:
        suitable = suitable_pairs(request)
    else:
        suitable = suitable | suitable_pairs(request, [one for one in request["learners"] if one["id"] == learner])
    return learner in Round(request, present_pairs(request, suitable)).solve().found.mentor_of
