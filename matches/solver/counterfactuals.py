"""What would have to be different for an unmatched learner to be matched: one change, the smallest first, and proven.

The rules, and why they hold, are in matcher-rs/contracts/README.md, "Counterfactuals".
"""

from collections.abc import Iterator

from matches.solver.canonical import WEEK, Interval, Json, union
from matches.solver.policy import Assigned, Pairs, Round
from matches.solver.scoring import HIGHEST_SCORE, Scorer

MOST_LEARNERS = 1_000
MOST_SOLVED = 4
MOST_SCORED = 20_000
MOST_SCORED_IN_ALL = 400_000
MINUTES = (60, 120, 180)


def counterfactuals(canonical: Json, suitable: Pairs, round_: Round, found: Assigned) -> dict[str, Json]:
    """By learner; not for everybody there is one. With a floor there is none."""
    if canonical["policy"]["floor"] is not None:
        return {}
    answers: dict[str, Json] = {}
    scorer, highest = Scorer(canonical), round_.highest_prices(found)
    solved = scored = 0
    learners = {learner["id"]: learner for learner in canonical["learners"]}
    for learner in [one for one in round_.queue if one not in found.mentor_of][:MOST_LEARNERS]:
        change = None
        if most := min(MOST_SCORED, MOST_SCORED_IN_ALL - scored):
            search = _Search(canonical["mentors"], learners[learner], scorer, round_, highest, most)
            change = search.smallest()
            scored += search.scored
        if change is not None:
            answers[learner] = change
        elif suitable[learner] and solved < MOST_SOLVED:
            solved += 1
            mentor = min(suitable[learner], key=lambda one: (-suitable[learner][one].score, one))
            if learner in round_.with_one_more_place(mentor, suitable).mentor_of:
                answers[learner] = {"change": "capacity", "mentor": mentor}
    return answers


class _SpentError(Exception):
    """As many pairs were scored for the learner as may be."""


class _Search:
    """Changes to one learner."""

    def __init__(
        self, mentors: list[Json], learner: Json, scorer: Scorer, round_: Round, highest: dict[str, int], most: int
    ) -> None:
        self._own, self._scorer, self._round, self._highest = learner, scorer, round_, highest
        self._most, self.scored = most, 0
        # With whom a perfect score would do, ascending.
        self._open = [mentor for mentor in mentors if self._would_do(mentor["id"], HIGHEST_SCORE)]

    def smallest(self) -> Json | None:
        """The first change that is proven; None where there is none among those that may be tried."""
        try:
            return self._more_time() or self._another_language() or self._another_want()
        except _SpentError:
            return None

    def _more_time(self) -> Json | None:
        """An hour, or up to three, of the time that a mentor has."""
        own: list[Interval] = self._own["availability"]
        for minutes in MINUTES:
            for mentor in self._open:
                start = _first_lacking(own, mentor["availability"], minutes)
                if start is None:
                    continue
                add = [start, start + minutes]
                if self._suffices({"availability": union([*map(list, own), add])}, mentor):
                    return {"change": "availability", "add": add, "mentor": mentor["id"]}
        return None

    def _another_language(self) -> Json | None:
        """A language of a mentor's, after those that there are."""
        own: list[str] = self._own["languages"]
        for language in sorted({language for mentor in self._open for language in mentor["languages"]} - set(own)):
            mentor = self._first({"languages": [*own, language]}, speaking=language)
            if mentor is not None:
                return {"change": "language", "add": language, "mentor": mentor}
        return None

    def _another_want(self) -> Json | None:
        """A lower level of what is wanted; or level 1 of something else."""
        for skill, level, wants in self._other_wants():
            if (mentor := self._first({"wants": wants})) is not None:
                return {"change": "want", "skill": skill, "level": level, "mentor": mentor}
        return None

    def _other_wants(self) -> Iterator[tuple[str, int, list[Json]]]:
        own: list[Json] = self._own["wants"]
        for place, want in enumerate(own):
            for level in range(want["level"] - 1, want["from"], -1):
                yield want["skill"], level, [*own[:place], want | {"level": level}, *own[place + 1 :]]
        known = {skill["skill"] for mentor in self._open for skill in mentor["skills"] if skill["level"]}
        for skill in sorted(known - {want["skill"] for want in own}):
            added = {"skill": skill, "level": 1, "from": 0, "weight": 100, "related": []}
            yield skill, 1, sorted([*own, added], key=lambda want: str(want["skill"]))

    def _first(self, change: Json, *, speaking: str | None = None) -> str | None:
        asked = (one for one in self._open if speaking is None or speaking in one["languages"])
        return next((one["id"] for one in asked if self._suffices(change, one)), None)

    def _suffices(self, change: Json, mentor: Json) -> bool:
        if self.scored == self._most:
            raise _SpentError
        self.scored += 1
        pair = self._scorer.score(self._own | change, mentor)
        return pair.absence is None and self._would_do(mentor["id"], pair.score)

    def _would_do(self, mentor: str, score: int) -> bool:
        return mentor in self._highest and self._round.value(self._own["id"], mentor, score) > self._highest[mentor]


def _first_lacking(own: list[Interval], other: list[Interval], minutes: int) -> int | None:
    """Where the first stretch of so many minutes begins that is whole in the other week, and not in the own one."""
    for start, end in other:
        since = start
        for taken, free in [*own, (WEEK, WEEK)]:
            if min(taken, end) - since >= minutes:
                return since
            since = max(since, free)
    return None
