"""What learners could change themselves: more time, a language, what they want.

The order, and why it holds, are in matcher-rs/contracts/README.md, "Counterfactuals".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from matches.solver.canonical import WEEK, Interval, Json
from matches.solver.changes import MOST_INTERVALS, applied, new_language, new_skill
from matches.solver.policy import Round
from matches.solver.scoring import HIGHEST_SCORE, Scorer

MOST_LEARNERS = 1_000
MOST_LOOKS = 20_000
MOST_LOOKS_IN_ALL = 400_000
MOST_LOOKS_A_PAIR = 20
MINUTES = (60, 120, 180)


def own_changes(
    canonical: Json, round_: Round, highest: Mapping[str, int], least_score: int, unmatched: Sequence[str]
) -> dict[str, Json]:
    """By learner, of those who are without a mentor, in the order in which they choose; not for everybody there is one.

    `highest` are the largest prices of the optimum without a floor; after a change pairs score at least `least_score`.
    """
    changes: dict[str, Json] = {}
    scorer = Scorer(canonical)
    left = min(MOST_LOOKS_IN_ALL, len(canonical["learners"]) * len(canonical["mentors"]) * MOST_LOOKS_A_PAIR)
    learners = {learner["id"]: learner for learner in canonical["learners"]}
    for learner in unmatched[:MOST_LEARNERS]:
        most = min(MOST_LOOKS, left)
        search = _Search(canonical["mentors"], learners[learner], scorer, round_, highest, least_score, most)
        if (change := search.first_change()) is not None:
            changes[learner] = change
        left -= search.looks
        if not left:
            break
    return changes


class _SpentError(Exception):
    """As many mentors were looked at for the learner as may be."""


class _Search:
    """Changes to one learner."""

    def __init__(
        self,
        mentors: list[Json],
        learner: Json,
        scorer: Scorer,
        round_: Round,
        highest: Mapping[str, int],
        least_score: int,
        most: int,
    ) -> None:
        self._own, self._scorer, self._round, self._highest = learner, scorer, round_, highest
        self._least_score, self._most, self.looks = least_score, most, 0
        # With whom a perfect score would do, ascending.
        self._open = {mentor["id"]: mentor for mentor in mentors if self._would_do(mentor["id"], HIGHEST_SCORE)}

    def first_change(self) -> Json | None:
        """The first change that does, of the first kind of which one does; None where none does that may be tried."""
        try:
            return (
                self._first(self._more_time())
                or self._least("add", self._another_language())
                or self._first(self._lower_level())
                or self._least("skill", self._another_skill())
            )
        except _SpentError:
            return None

    def _first(self, looks: Iterable[Json | None]) -> Json | None:
        return next(self._paid(looks), None)

    def _least(self, word: str, looks: Iterable[Json | None]) -> Json | None:
        """The one with the first word, of those with the first mentor; they are given by mentor."""
        return min(self._paid(looks), key=lambda change: str(change[word]), default=None)

    def _paid(self, looks: Iterable[Json | None]) -> Iterator[Json]:
        """The changes that do; each look is paid for, also where there is no change."""
        for change in looks:
            if self.looks == self._most:
                raise _SpentError
            self.looks += 1
            if change is not None and self._suffices(change):
                yield change

    def _suffices(self, change: Json) -> bool:
        pair = self._scorer.score(applied(self._own, change), self._open[change["mentor"]])
        does = pair.absence is None and pair.score >= self._least_score
        return does and self._would_do(change["mentor"], pair.score)

    def _would_do(self, mentor: str, score: int) -> bool:
        return mentor in self._highest and self._round.value(self._own["id"], mentor, score) > self._highest[mentor]

    def _more_time(self) -> Iterator[Json | None]:
        """An hour, or up to three, of the time that a mentor has."""
        own: list[Interval] = self._own["availability"]
        for minutes in MINUTES:
            for mentor, theirs in self._open.items():
                start = _first_lacking(own, theirs["availability"], minutes)
                change = None if start is None else {"add": [start, start + minutes], "mentor": mentor}
                has_room = change and len(applied(self._own, change)["availability"]) <= MOST_INTERVALS
                yield change if has_room else None

    def _another_language(self) -> Iterator[Json | None]:
        """A language of each mentor's with whom none is shared: any other of theirs makes the same score."""
        own = set(self._own["languages"])
        for mentor, theirs in self._open.items():
            language = None if own & set(theirs["languages"]) else new_language(self._own, theirs)
            yield None if language is None else {"add": language, "mentor": mentor}

    def _lower_level(self) -> Iterator[Json | None]:
        """A lower level of what is wanted."""
        for want in self._own["wants"]:
            for level in range(want["level"] - 1, want["from"], -1):
                for mentor in self._open:
                    yield {"skill": want["skill"], "level": level, "mentor": mentor}

    def _another_skill(self) -> Iterator[Json | None]:
        """Level 1 of something else that each mentor knows: whatever it is makes the same score."""
        for mentor, theirs in self._open.items():
            skill = new_skill(self._own, theirs)
            yield None if skill is None else {"skill": skill, "level": 1, "mentor": mentor}


def _first_lacking(own: list[Interval], other: list[Interval], minutes: int) -> int | None:
    """Where the first stretch of so many minutes begins that is whole in the other week, and not in the own one."""
    for start, end in other:
        since = start
        for taken, free in [*own, (WEEK, WEEK)]:
            if min(taken, end) - since >= minutes:
                return since
            since = max(since, free)
    return None
