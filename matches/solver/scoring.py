"""How well a learner and a mentor fit: integers only, so that both implementations agree to the last point.

Formulas and reasons: matcher-rs/contracts/README.md, "Score". People are canonical (`canonical.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matches.solver.canonical import Interval, Json

HIGHEST_SCORE = 4095
FULL_OVERLAP_MINUTES = 180
PRIOR_RATING_MILLI, PRIOR_RATINGS = 3500, 5
FULL_WAIT_DAYS = 30

ABSENCES = ("forbidden", "no_capacity", "no_shared_skill", "no_shared_language", "below_minimum_score")


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair with its score, and why. `absence` is None or the first reason for which the pair is absent."""

    score: int
    components: dict[str, Json]
    matched_skills: list[Json]
    overlap_minutes: int
    shared_languages: list[str]
    absence: str | None = None

    def as_json(self) -> Json:
        """The pair in an answer."""
        return {
            "score": self.score,
            "components": self.components,
            "matched_skills": self.matched_skills,
            "overlap_minutes": self.overlap_minutes,
            "shared_languages": self.shared_languages,
        }


class Scorer:
    """Scores pairs under one request's weights and constraints."""

    def __init__(self, canonical: Json) -> None:
        self._weights: dict[str, int] = canonical["weights"]
        self._minimum: int = canonical["constraints"]["minimum_score"]
        self._forbidden = {(pair["learner"], pair["mentor"]) for pair in canonical["constraints"]["forbidden"]}
        self._continuity = {(pair["learner"], pair["mentor"]): pair["value"] for pair in canonical["continuity"]}
        self._levels: dict[str, dict[str, int]] = {
            mentor["id"]: {skill["skill"]: skill["level"] for skill in mentor["skills"] if skill["level"] >= 1}
            for mentor in canonical["mentors"]
        }

    def score(self, learner: Json, mentor: Json, *, ignoring_capacity: bool = False) -> ScoredPair:
        """The pair's score, and whether it is absent. A mentor without places is no reason when `ignoring_capacity`."""
        levels = self._levels[mentor["id"]]
        found = [(want, *_level_for(want, levels)) for want in learner["wants"]]
        matched = [
            {"skill": want["skill"], "wanted": want["level"], "have": have, "through": through}
            for want, have, through in found
            if have > want["from"]
        ]
        shared = sorted(set(learner["languages"]) & set(mentor["languages"]))
        overlap = overlap_minutes(learner["availability"], mentor["availability"])
        values = {
            "skills": _skills(found),
            "continuity": self._continuity.get((learner["id"], mentor["id"])),
            "availability": _availability(learner, mentor, overlap),
            "languages": _languages(learner["languages"], mentor["languages"]),
            "timezone": _timezone(learner["utc_offset_minutes"], mentor["utc_offset_minutes"]),
            "place": _place(learner["country"], mentor["country"]),
            "reliability": _reliability(learner, mentor),
            "rating": _rating(mentor["rating"]),
            "waiting": _waiting(learner["waiting_days"]),
        }
        components = self._components(values)
        score = sum(component["points"] for component in components.values())
        pair = ScoredPair(score, components, matched, overlap, shared)
        absence = self._absence(learner, mentor, pair, ignoring_capacity=ignoring_capacity)
        return ScoredPair(score, components, matched, overlap, shared, absence)

    def _components(self, values: dict[str, int | None]) -> dict[str, Json]:
        present = {name: value for name, value in values.items() if value is not None}
        total = sum(self._weights[name] for name in present)
        return {
            name: {
                "value": value,
                "weight": self._weights[name],
                "points": HIGHEST_SCORE * self._weights[name] * value // (1000 * total) if total else 0,
            }
            for name, value in present.items()
        }

    def _absence(self, learner: Json, mentor: Json, pair: ScoredPair, *, ignoring_capacity: bool) -> str | None:
        if (learner["id"], mentor["id"]) in self._forbidden:
            return "forbidden"
        if mentor["capacity"] == 0 and not ignoring_capacity:
            return "no_capacity"
        if learner["wants"] and not pair.matched_skills:
            return "no_shared_skill"
        if learner["languages"] and mentor["languages"] and not pair.shared_languages:
            return "no_shared_language"
        return "below_minimum_score" if pair.score < self._minimum else None


def overlap_minutes(first: Sequence[Interval], second: Sequence[Interval]) -> int:
    """Minutes that are in both unions (each sorted and merged)."""
    total = at = other = 0
    while at < len(first) and other < len(second):
        start, end = max(first[at][0], second[other][0]), min(first[at][1], second[other][1])
        total += max(0, end - start)
        if first[at][1] <= second[other][1]:
            at += 1
        else:
            other += 1
    return total


def _level_for(want: Json, levels: dict[str, int]) -> tuple[int, str | None]:
    """The mentor's level of what is wanted, and the other skill that it comes through, the first of two alike."""
    have, through = levels.get(want["skill"], 0), None
    for related in want["related"]:
        implied = levels.get(related["skill"], 0) * related["permille"] // 1000
        if implied > have:
            have, through = implied, related["skill"]
    return have, through


def _skills(found: list[tuple[Json, int, str | None]]) -> int | None:
    if not found:
        return None
    wanted: int = sum(want["weight"] * (want["level"] - want["from"]) for want, _, _ in found)
    covered: int = sum(want["weight"] * max(0, min(have, want["level"]) - want["from"]) for want, have, _ in found)
    return covered * 1000 // wanted


def _availability(learner: Json, mentor: Json, overlap: int) -> int | None:
    if not learner["availability"] or not mentor["availability"]:
        return None
    return min(1000, overlap * 1000 // FULL_OVERLAP_MINUTES)


def _languages(preferred: list[str], spoken: list[str]) -> int | None:
    if not preferred or not spoken:
        return None
    return 1000 if preferred[0] in spoken else 700


def _timezone(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return None
    distance = abs(first - second) % 1440
    return 1000 - min(distance, 1440 - distance) * 1000 // 720


def _place(first: str | None, second: str | None) -> int | None:
    return None if first is None or second is None else 1000 * (first == second)


def _reliability(learner: Json, mentor: Json) -> int | None:
    """The mean of what is known: requests that the mentor answered, sessions that each of the two came to."""
    shares = (mentor["answer_rate_permille"], mentor["attendance_permille"], learner["attendance_permille"])
    known: list[int] = [share for share in shares if share is not None]
    return sum(known) // len(known) if known else None


def _rating(rating: dict[str, Any] | None) -> int | None:
    if rating is None or rating["count"] == 0:
        return None
    mean_milli: int = rating["mean_milli"]
    count: int = rating["count"]
    # Few ratings say little: five imagined ratings of 3.5 stand beside them.
    damped = (mean_milli * count + PRIOR_RATING_MILLI * PRIOR_RATINGS) // (count + PRIOR_RATINGS)
    return (damped - 1000) * 1000 // 4000


def _waiting(days: int | None) -> int | None:
    return None if days is None else min(1000, days * 1000 // FULL_WAIT_DAYS)
