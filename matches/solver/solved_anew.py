"""The round with a change made in it: whether that has the learner matched, found out by solving it."""

from matches.solver.canonical import Json
from matches.solver.changes import made
from matches.solver.policy import Pairs, Round, present_pairs, suitable_pairs

MOST_PAIRS_SOLVED = 2_000_000


def most_solved(canonical: Json, most: int) -> int:
    """How often the round may be solved anew: as often as is asked, or as often as few pairs are looked at."""
    pairs = len(canonical["learners"]) * len(canonical["mentors"])
    return min(most, MOST_PAIRS_SOLVED // max(1, pairs))


def is_matched_by(canonical: Json, suitable: Pairs, learner: str, change: Json) -> bool:
    """Whether the learner has a mentor in the optimum under the same policy once the change is made."""
    request = made(canonical, learner, change)
    if "minimum_score" in change:
        suitable = suitable_pairs(request)
    else:
        suitable = suitable | suitable_pairs(request, [one for one in request["learners"] if one["id"] == learner])
    return learner in Round(request, present_pairs(request, suitable)).solve().found.mentor_of
