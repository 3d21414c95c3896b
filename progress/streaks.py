"""Streaks: a pure function of the days on which somebody worked.

The days are local dates in the learner's zone; which instants belong to which day is decided when work is logged, so
travel and daylight saving change nothing afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """Lengths in days. `current` counts back from today, or from yesterday while today has nothing yet."""

    current: int
    longest: int
    last_day: date | None
    """The last day with work; None without any."""

    is_today_done: bool
    """False while the current streak still waits for today."""


def streak_of(days: Iterable[date], *, today: date) -> Streak:
    """The streak as of `today`. Days may repeat and come in any order; those after `today` do not count yet."""
    worked = sorted({day for day in days if day <= today})
    longest = run = 0
    previous: date | None = None
    for day in worked:
        run = run + 1 if previous is not None and day - previous == ONE_DAY else 1
        longest = max(longest, run)
        previous = day
    is_alive = previous is not None and today - previous <= ONE_DAY
    return Streak(current=run if is_alive else 0, longest=longest, last_day=previous, is_today_done=previous == today)
