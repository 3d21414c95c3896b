"""How many more places of a mentor would do, for those whom nothing else has been found for.

With what makes a mentor suitable, where none is. The order, and why it holds, are in matcher-rs/contracts/README.md,
"Counterfactuals".
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from matches.solver.canonical import Json
from matches.solver.changes import applied, new_language, new_skill
from matches.solver.policy import Assigned, Pairs, Round, suitable_pairs
from matches.solver.scoring import HIGHEST_SCORE, ScoredPair, Scorer

MOST_TRIED = 16
OUT_OF_REACH = 2 * 3 * HIGHEST_SCORE
"""The price of mentors without capacity: whoever has another can have that one sooner."""


@dataclass(frozen=True, slots=True)
class Enough:
    """What is enough for a learner."""

    change: Json
    fewer: Json | None
    """With fewer places, which may be enough too: others would pay just as much."""


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
) -> dict[str, Enough]:
    """For learners who are without a mentor; not for everybody.

    `found` is the optimum without a floor, `highest` its largest prices.
    """
    gains = round_.gains(found, found.prices)
    as_they_are = _Rivals(round_, suitable, gains)
    # They do not ask for anything yet, so that others may gain less than at the lowest prices once they do.
    changed = _Rivals(round_, suitable, round_.gains(found, highest))
    below_minimum: _Rivals | None = None
    enough: dict[str, Enough] = {}
    for one in _suited(canonical, suitable, round_, found, learners):
        if "minimum_score" in one.change:
            # With more pairs others may gain less still, but never less than nothing.
            if below_minimum is None:
                constraints = canonical["constraints"] | {"minimum_score": 0}
                pairs = suitable_pairs(canonical | {"constraints": constraints})
                below_minimum = _Rivals(round_, pairs, dict.fromkeys(gains, 0))
            rivals = below_minimum
        else:
            rivals = as_they_are if one.change.keys() == {"mentor"} else changed
        enough[one.learner] = _enough(round_, one, *rivals.of(one))
    return enough


def _enough(round_: Round, one: _Suited, as_much: int, more: int) -> Enough:
    """With one place more than there are rivals, who would pay as much or, for fewer, more."""
    taken = round_.places[one.change["mentor"]]
    least = int(one.change.keys() == {"mentor"})
    places, untied = max(0, as_much + 1 - taken), max(least, more + 1 - taken)
    changes = [one.change | ({"places": count} if count else {}) for count in (places, untied)]
    return Enough(changes[0], changes[1] if untied < places else None)


class _Rivals:
    """Who would pay how much for a mentor with what they gain, or less."""

    def __init__(self, round_: Round, pairs: Pairs, gains: Mapping[str, int]) -> None:
        self._round, self._pairs, self._gains = round_, pairs, gains
        self._paid: dict[str, list[int]] = {}

    def of(self, one: _Suited) -> tuple[int, int]:
        """How many others would pay as much as the pair counts, and how many more."""
        mentor: str = one.change["mentor"]
        if mentor not in self._paid:
            self._paid[mentor] = sorted(
                self._pays(other, mentor) for other in self._gains if mentor in self._pairs[other]
            )
        paid, value = self._paid[mentor], self._round.value(one.learner, mentor, one.score)
        counts = [len(paid) - bisect(paid, value) for bisect in (bisect_left, bisect_right)]
        own = self._pays(one.learner, mentor) if mentor in self._pairs[one.learner] else -1
        return counts[0] - (own >= value), counts[1] - (own > value)

    def _pays(self, learner: str, mentor: str) -> int:
        return self._round.value(learner, mentor, self._pairs[learner][mentor].score) - self._gains[learner]


def _suited(canonical: Json, suitable: Pairs, round_: Round, found: Assigned, learners: Sequence[str]) -> list[_Suited]:
    """With the suitable mentor who is nearest; where none is, with the first who would be after a change."""
    scorer, people = Scorer(canonical), {learner["id"]: learner for learner in canonical["learners"]}
    prices = found.prices | {mentor["id"]: OUT_OF_REACH for mentor in canonical["mentors"] if not mentor["capacity"]}
    forbidden: defaultdict[str, set[str]] = defaultdict(set)
    for pair in canonical["constraints"]["forbidden"]:
        forbidden[pair["learner"]].add(pair["mentor"])
    minimum_score: int = canonical["constraints"]["minimum_score"]
    suited = []
    for learner in learners:
        if suitable[learner]:
            suited.append(_nearest(round_, prices, learner, suitable[learner]))
        else:
            allowed = (mentor for mentor in canonical["mentors"] if mentor["id"] not in forbidden[learner])
            suited += _made_suitable(scorer, people[learner], list(islice(allowed, MOST_TRIED)), minimum_score)
    return suited


def _nearest(round_: Round, prices: Mapping[str, int], learner: str, pairs: Mapping[str, ScoredPair]) -> _Suited:
    """With the mentor with whom the value less the price is highest."""

    def distance(mentor: str) -> tuple[int, int, str]:
        score = pairs[mentor].score
        return prices[mentor] - round_.value(learner, mentor, score), -score, mentor

    nearest = min(pairs, key=distance)
    return _Suited(learner, pairs[nearest].score, {"mentor": nearest})


def _made_suitable(scorer: Scorer, own: Json, mentors: Sequence[Json], minimum_score: int) -> list[_Suited]:
    """With the first mentor with whom the pair scores enough; or else with whom it scores most, then the minimum."""
    made = [one for mentor in mentors if (one := _made_a_pair(scorer, own, mentor)) is not None]
    good = [one for one in made if one.score >= minimum_score]
    if good or not made:
        return good[:1]
    best = max(made, key=lambda one: one.score)
    return [_Suited(best.learner, best.score, best.change | {"minimum_score": best.score})]


def _made_a_pair(scorer: Scorer, own: Json, mentor: Json) -> _Suited | None:
    """With a language and a skill of the mentor's, as far as the two have none in common."""
    change: Json = {"mentor": mentor["id"]}
    while True:
        pair = scorer.score(applied(own, change), mentor, ignoring_capacity=True)
        match pair.absence:
            case None | "below_minimum_score":
                return _Suited(own["id"], pair.score, change)
            case "no_shared_skill" if "skill" not in change and (skill := new_skill(own, mentor)):
                change |= {"skill": skill, "level": 1}
            case "no_shared_language" if "add" not in change and (language := new_language(own, mentor)):
                change |= {"add": language}
            case _:
                return None
