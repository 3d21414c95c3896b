"""`python matcher_people.py FOLDER`: the matcher's formula in NumPy, on people that the benchmark has written.

Runs in the environment of `bench.matcher`'s peers. As good as NumPy lets it be: learners in blocks, mentors sorted by
what is known of them so that every division is by one number, levels by rows that stand ready, hours by a matrix
product, what depends on little looked up. Prints one line of JSON: seconds of each pass, and how many scores differ
from the file's.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

Array = Any
BLOCK = 64
"""Learners at a time: what is held for them and 2,000 mentors fits into the second cache."""
SKILLS = 200
WEIGHTS = {
    "skills": 500, "availability": 200, "languages": 100, "place": 20, "timezone": 60, "reliability": 60, "rating": 60,
    "waiting": 20,
}  # fmt: skip


def main() -> None:
    """Score everybody so many times, and compare once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    people = People(options.folder)
    scores = np.zeros((people.learners, people.mentors), np.uint16)
    seconds = []
    for _ in range(options.repeat):
        started = time.perf_counter()
        people.score(scores)
        seconds.append(time.perf_counter() - started)
    expected = _read(options.folder, "scores", people.mentors)[:, people.order]
    print(json.dumps({"passes": seconds, "different": int((expected != scores).sum()), "total": int(scores.sum())}))


def _read(folder: Path, name: str, width: int) -> Array:
    return np.fromfile(folder / name, "<i4").reshape(-1, width)


class People:
    """Columns that stand ready before the clock starts, as they do for the matcher; -1 is what is not known."""

    def __init__(self, folder: Path) -> None:
        learners, mentors = _read(folder, "learners", 6), _read(folder, "mentors", 7)
        spoken, offset, mean, count, country, rate, attendance = mentors.T
        hours = _read(folder, "mentor_hours", 168)
        known = [count > 0, rate >= 0, attendance >= 0, hours.any(1)]
        kinds, kind = np.unique(np.stack(known, 1), axis=0, return_inverse=True)
        self.order = np.argsort(kind, kind="stable")
        ends = np.cumsum(np.bincount(kind.ravel()))
        self.kinds = [(slice(end - size, end), *kinds[at]) for at, (end, size) in
                      enumerate(zip(ends, np.bincount(kind.ravel()), strict=True))]  # fmt: skip
        self.learners, self.mentors = len(learners), len(mentors)
        sort = self.order
        levels = _read(folder, "levels", SKILLS)[sort].T
        # What a mentor has of a want, for each skill, level that the learner has, and level that is wanted.
        self.gains = np.stack(
            [np.clip(levels - start, 0, goal - start) for start in range(5) for goal in range(start + 1, 6)], 1
        ).astype(np.float32)
        self.gain_of = {(s, g): at for at, (s, g) in enumerate((s, g) for s in range(5) for g in range(s + 1, 6))}
        self.hours = hours[sort].T.astype(np.float32)
        self.learner_hours = _read(folder, "learner_hours", 168).astype(np.float32)
        self.spoken, self.offset, self.country = spoken[sort], offset[sort], country[sort]
        rating = (mean * count + 3500 * 5) // (count + 5)
        self.rating = ((rating - 1000) * 1000 // 4000)[sort].astype(np.uint32)
        self.shares = (np.maximum(rate, 0) + np.maximum(attendance, 0))[sort].astype(np.uint32)
        self.people = learners
        wants = _read(folder, "wants", 5)
        self.wants = np.split(wants[:, 1:], np.flatnonzero(np.diff(wants[:, 0])) + 1)
        self.rows = [np.array([[w[0], self.gain_of[w[2], w[1]]] for w in want]).T for want in self.wants]
        self.weights = [want[:, 3].astype(np.float32) for want in self.wants]
        self.wanted = np.array([(w[:, 3] * (w[:, 1] - w[:, 2])).sum() for w in self.wants], np.uint32)
        # Learners with the same weights present, in blocks.
        attends, available = learners[:, 5] >= 0, self.learner_hours.any(1)
        self.blocks = []
        for present in range(4):
            members = np.flatnonzero(attends + 2 * available == present)
            self.blocks += [(bool(present & 1), bool(present & 2), members[at : at + BLOCK])
                            for at in range(0, len(members), BLOCK)]  # fmt: skip
        self.languages, self.language_row = self._language_values()
        self.zones, self.zone_row = np.unique(learners[:, 2], return_inverse=True)
        apart = np.abs(self.zones[:, None] - self.offset) % 1440
        self.zone_values = (1000 - np.minimum(apart, 1440 - apart) * 1000 // 720).astype(np.uint32)
        countries, self.country_row = np.unique(learners[:, 4], return_inverse=True)
        self.place_values = np.where(countries[:, None] == self.country, 1000, 0).astype(np.uint32)

    def _language_values(self) -> tuple[Array, Array]:
        """For each list of languages the value with each mentor, 0 if none is shared; and the list of each learner."""
        lists, row = np.unique(self.people[:, :2], axis=0, return_inverse=True)
        shared = (lists[:, :1] & self.spoken) != 0
        first = (self.spoken >> lists[:, 1:]) & 1 == 1
        return np.where(first, 1000, np.where(shared, 700, 0)).astype(np.uint32), row.ravel()

    def score(self, scores: Array) -> None:
        """Fill the scores plus 1; 0 is a pair that is absent."""
        covered = np.empty((BLOCK, self.mentors), np.float32)
        for attends, available, members in self.blocks:
            some = covered[: len(members)]
            for row, learner in enumerate(members):
                skill, gain = self.rows[learner]
                np.dot(self.weights[learner], self.gains[skill, gain], out=some[row])
            skills = some.astype(np.uint32) * np.uint32(1000)
            skills //= self.wanted[members, None]
            hours = np.minimum(self.learner_hours[members] @ self.hours, 3).astype(np.uint32)
            hours = hours * np.uint32(1000) // np.uint32(3)
            languages = self.languages[self.language_row[members]]
            zones = self.zone_values[self.zone_row[members]]
            places = self.place_values[self.country_row[members]]
            waiting = np.minimum(1000, self.people[members, 3] * 1000 // 30).astype(np.uint32)[:, None]
            own = np.maximum(self.people[members, 5], 0).astype(np.uint32)[:, None]
            total = np.ones((len(members), self.mentors), np.uint32)
            for part, rated, answers, attended, has_hours in self.kinds:
                known = int(answers) + int(attended) + int(attends)
                values = {
                    "skills": skills[:, part], "languages": languages[:, part], "timezone": zones[:, part],
                    "place": places[:, part], "waiting": waiting,
                }  # fmt: skip
                if available and has_hours:
                    values["availability"] = hours[:, part]
                if rated:
                    values["rating"] = self.rating[None, part]
                if known:
                    values["reliability"] = (self.shares[None, part] + own) // np.uint32(known)
                present = sum(WEIGHTS[name] for name in values)
                for name, value in values.items():
                    total[:, part] += np.uint32(4095 * WEIGHTS[name]) * value // np.uint32(1000 * present)
            total *= (some > 0) & (languages > 0)
            scores[members] = total


if __name__ == "__main__":
    main()
