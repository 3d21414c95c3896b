"""What would have to be different for an unmatched learner to be matched: the first change, in order, that is proven.

The rules, and why they hold, are in matcher-rs/contracts/README.md, "Counterfactuals".
"""

from matches.solver.canonical import Json
from matches.solver.changes import named
from matches.solver.more_places import more_places
from matches.solver.own_changes import own_changes
from matches.solver.policy import Pairs, Round, Solved
from matches.solver.solved_anew import is_matched_by, most_solved

MOST_SOLVED = 100


def counterfactuals(canonical: Json, suitable: Pairs, round_: Round, solved: Solved) -> dict[str, Json]:
    """By learner; without one is only who can have no mentor whatever happens, or nearly so."""
    found = solved.without_floor or solved.found
    unmatched = [learner for learner in round_.queue if learner not in solved.found.mentor_of]
    others = [learner for learner in unmatched if learner not in found.mentor_of]
    changes: dict[str, Json] = {learner: {} for learner in unmatched if learner in found.mentor_of}
    highest = round_.highest_prices(found)
    own = own_changes(canonical, round_, highest, solved.found.threshold, others)
    left = [learner for learner in others if learner not in own]
    changes |= own | more_places(canonical, suitable, round_, found, highest, left)
    if solved.without_floor is not None:
        tried = [learner for learner in others if learner in changes][: most_solved(canonical, MOST_SOLVED)]
        hold = {learner for learner in tried if is_matched_by(canonical, suitable, learner, changes[learner])}
        changes = {
            learner: change if learner in hold else change | {"without_floor": True}
            for learner, change in changes.items()
        }
    return {learner: named(change) for learner, change in changes.items()}
