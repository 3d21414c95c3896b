"""Figures of a round's answer, for its pictures: counted, averaged, grouped. Pure: knows no database and no HTML."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HIGHEST_SCORE = 4095
BIN_WIDTH = 256
BINS = 16
"""Of scores: 16 times 256 are 0 to 4,095."""
MOST_GROUPS = 12
OTHERS = "others"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Learners who have something in common, and how the round treated them."""

    label: str
    learners: int
    matched: int
    mean_score: int | None
    """Of those who are matched, 0 to 4,095; None where nobody is."""

    @property
    def matched_permille(self) -> int:
        """Share of the learners who are matched."""
        return self.matched * 1000 // self.learners


def histogram(result: Json) -> list[int]:
    """How many assignments score 0 to 255, 256 to 511, … 3,840 to 4,095."""
    counted = Counter(pair["score"] // BIN_WIDTH for pair in result["assignments"])
    return [counted[place] for place in range(BINS)]


def mean_score(result: Json) -> int | None:
    """Of the assignments; None without any."""
    return _mean([pair["score"] for pair in result["assignments"]])


def reasons(result: Json) -> list[tuple[str, int]]:
    """Why learners have nobody, the most frequent reason first."""
    return Counter(one["reason"] for one in result["unmatched"]).most_common()


def dearest(result: Json, most: int) -> list[tuple[str, int]]:
    """The mentors whose next place would be worth most, with what the total would gain by it; none worth nothing."""
    wanted = ((mentor, price) for mentor, price in result["prices"].items() if price)
    return sorted(wanted, key=lambda pair: (-pair[1], pair[0]))[:most]


def groups(result: Json, label_of: Mapping[str, str]) -> list[Group]:
    """The round's learners by their label, in the labels' order in `label_of`; small groups beyond twelve are one.

    A learner without a label is in none.
    """
    score_of = {pair["learner"]: pair["score"] for pair in result["assignments"]}
    everybody = [*score_of, *(one["learner"] for one in result["unmatched"])]
    members: dict[str, list[str]] = {label: [] for label in label_of.values()}
    for learner in everybody:
        if learner in label_of:
            members[label_of[learner]].append(learner)
    kept = sorted(members, key=lambda label: -len(members[label]))[:MOST_GROUPS]
    gathered: dict[str, list[str]] = defaultdict(list)
    for label, learners in members.items():
        gathered[label if label in kept else OTHERS].extend(learners)
    gathered |= {OTHERS: gathered.pop(OTHERS)} if OTHERS in gathered else {}
    return [_group(label, learners, score_of) for label, learners in gathered.items() if learners]


def _group(label: str, learners: Sequence[str], score_of: Mapping[str, int]) -> Group:
    scores = [score_of[learner] for learner in learners if learner in score_of]
    return Group(label, len(learners), len(scores), _mean(scores))


def _mean(scores: Sequence[int]) -> int | None:
    return round(sum(scores) / len(scores)) if scores else None
