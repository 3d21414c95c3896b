"""How many more places of a mentor would do, for those whom nothing else has been found for.

With what makes a mentor suitable, where none is. The order, and why it holds, are in matcher-rs/contracts/README.md,
"Counterfactuals".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from matches.solver.canonical import Json
from matches.solver.changes import MOST_LANGUAGES, MOST_WANTS, applied
from matches.solver.policy import Assigned, Pairs, Round, suitable_pairs
from matches.solver.scoring import HIGHEST_SCORE, ScoredPair, Scorer
from matches.solver.solved_anew import is_matched_by, most_solved

MOST_TRIED, MOST_TIED = 64, 20
OUT_OF_REACH = 2 * 3 * HIGHEST_SCORE
"""The price of mentors without capacity: whoever has another can have that one sooner."""


@dataclass(frozen=True, slots=True)
class _Suited:
    """A learner, and a change after which nothing but places is missing."""

    learner: str
    score: int
    """What the pair scores then."""
    change: Json


def more_places(
    canonical: Json,
    suitable: Pairs,
    round_: Round,
    found: Assigned,
    highest: Mapping[str, int],
    learners: Sequence[str],
) -> dict[str, Json]:
    """By learner, all of whom are without a mentor.

    `found` is the optimum without a floor, `highest` its largest prices.
    """
    gains = round_.gains(found, found.prices)
    # They do not ask for anything yet, so that others may gain less than at the lowest prices once they do.
    least_gains = round_.gains(found, highest)
    below_minimum: Pairs | None = None
    scorer, people = Scorer(canonical), {learner["id"]: learner for learner in canonical["learners"]}
    prices = found.prices | {mentor["id"]: OUT_OF_REACH for mentor in canonical["mentors"] if not mentor["capacity"]}
    changes: dict[str, Json] = {}
    fewer: dict[str, Json] = {}
    for learner in learners:
        if suitable[learner]:
            one = _nearest(round_, prices, learner, suitable[learner])
        elif (made := _made_suitable(canonical, scorer, people[learner])) is not None:
            one = made
        else:
            continue
        is_nothing_else = set(one.change) == {"mentor"}
        if "minimum_score" in one.change:
            # With more pairs others may gain less still, but never less than nothing.
            if below_minimum is None:
                constraints = canonical["constraints"] | {"minimum_score": 0}
                below_minimum = suitable_pairs(canonical | {"constraints": constraints})
            rivals = _rivals(round_, below_minimum, dict.fromkeys(gains, 0), one)
        else:
            rivals = _rivals(round_, suitable, gains if is_nothing_else else least_gains, one)
        enough = [max(0, count + 1 - round_.places[one.change["mentor"]]) for count in rivals]
        changes[learner] = _with_places(one.change, enough[0])
        if (untied := max(enough[1], int(is_nothing_else))) < enough[0]:
            fewer[learner] = _with_places(one.change, untied)
    # Who comes first of those who are worth as much is a matter of the order in which they choose.
    for learner in list(fewer)[: most_solved(canonical, MOST_TIED)]:
        if is_matched_by(canonical, suitable, learner, fewer[learner] | {"without_floor": True}):
            changes[learner] = fewer[learner]
    return changes


def _with_places(change: Json, places: int) -> Json:
    return change | ({"places": places} if places else {})


def _nearest(round_: Round, prices: Mapping[str, int], learner: str, pairs: Mapping[str, ScoredPair]) -> _Suited:
    """With the mentor with whom the value less the price is highest."""

    def distance(mentor: str) -> tuple[int, int, str]:
        score = pairs[mentor].score
        return prices[mentor] - round_.value(learner, mentor, score), -score, mentor

    nearest = min(pairs, key=distance)
    return _Suited(learner, pairs[nearest].score, {"mentor": nearest})


def _made_suitable(canonical: Json, scorer: Scorer, own: Json) -> _Suited | None:
    """With the first mentor with whom the pair scores enough; or else with whom it scores most, then the minimum."""
    forbidden = {pair["mentor"] for pair in canonical["constraints"]["forbidden"] if pair["learner"] == own["id"]}
    allowed = (mentor for mentor in canonical["mentors"] if mentor["id"] not in forbidden)
    best: _Suited | None = None
    for one in (_made_a_pair(scorer, own, mentor) for mentor in islice(allowed, MOST_TRIED)):
        if one and (best is None or best.score < one.score):
            best = one
        if one and one.score >= canonical["constraints"]["minimum_score"]:
            return one
    return best and _Suited(best.learner, best.score, best.change | {"minimum_score": best.score})


def _made_a_pair(scorer: Scorer, own: Json, mentor: Json) -> _Suited | None:
    """With a language and a skill of the mentor's, as far as the two have none in common."""
    change: Json = {"mentor": mentor["id"]}
    wanted = {want["skill"] for want in own["wants"]}
    while True:
        pair = scorer.score(applied(own, change), mentor, ignoring_capacity=True)
        match pair.absence:
            case None | "below_minimum_score":
                return _Suited(own["id"], pair.score, change)
            case "no_shared_skill" if "skill" not in change and len(wanted) < MOST_WANTS:
                known = (one["skill"] for one in mentor["skills"] if one["level"] and one["skill"] not in wanted)
                if (skill := min(known, default=None)) is None:
                    return None
                change |= {"skill": skill, "level": 1}
            case "no_shared_language" if "add" not in change and len(own["languages"]) < MOST_LANGUAGES:
                change |= {"add": min(mentor["languages"])}
            case _:
                return None


def _rivals(round_: Round, pairs: Pairs, gains: Mapping[str, int], one: _Suited) -> tuple[int, int]:
    """How many others would pay as much for the mentor with what they gain, or less; and how many would pay more."""
    mentor: str = one.change["mentor"]
    value = round_.value(one.learner, mentor, one.score)
    paid = [
        round_.value(other, mentor, pairs[other][mentor].score) - gain
        for other, gain in gains.items()
        if other != one.learner and mentor in pairs[other]
    ]
    return sum(other >= value for other in paid), sum(other > value for other in paid)
