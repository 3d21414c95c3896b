"""How fast a learner goes, and when they arrive if they go on like that. Pure: no database, no clock.

The plan itself is `planner.py`'s; laying what is left out anew is `services/pace.py`'s.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

DAYS_OF_A_WEEK = 7
LATEST_WEEK = 1040
"""Of a plan, twenty years: what lies beyond has no weeks."""
LATEST_DAYS = 36_500
"""A pace that takes longer than a hundred years is none."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What was done and what is left, in estimated minutes, and the day that this leads to.

    `expected_on` is None where nothing is left, or where nothing was done in more than a week. `days_late` counts from
    the last day of the plan, 0 when in time.
    """

    minutes_done: int
    minutes_left: int
    minutes_per_week: int
    is_measured: bool
    expected_on: date | None
    due_on: date
    days_late: int

    @property
    def in_words(self) -> str:
        """The same as a sentence."""
        if self.minutes_left == 0:
            return "Nothing is left to do."
        hours = f"{self.minutes_per_week / 60:.1f}".rstrip("0").rstrip(".")
        how = f"At your pace of {hours} hours a week" if self.is_measured else f"With {hours} hours a week"
        if self.expected_on is None:
            return f"Nothing was completed since this began, so no day can be foretold; it was due by {self.due_on}."
        if self.days_late:
            return f"{how} you are done on {self.expected_on}, {self.days_late} days after {self.due_on}."
        return f"{how} you are done on {self.expected_on}, in time for {self.due_on}."


def whole_weeks(first: date, last: date) -> int:
    """How many there are from one day to another, both counted."""
    return ((last - first).days + 1) // DAYS_OF_A_WEEK


def week_of(day: date, *, started_on: date) -> int:
    """The week of the plan that a day is in, from 1; days before the first are in week 1."""
    return max(0, (day - started_on).days) // DAYS_OF_A_WEEK + 1


def weeks_within_reach(starts_week: int, ends_week: int) -> tuple[int | None, int | None]:
    """The weeks of a module, or none where it ends after LATEST_WEEK."""
    return (starts_week, ends_week) if ends_week <= LATEST_WEEK else (None, None)


def pace(
    *, minutes_done: int, minutes_left: int, started_on: date, today: date, due_on: date, planned_minutes_per_week: int
) -> Pace:
    """The pace of a plan that began on `started_on`, as of `today`.

    In the first week nothing can be measured, and the hours that the plan was made for are assumed.
    """
    elapsed = (today - started_on).days
    is_measured = elapsed >= DAYS_OF_A_WEEK
    per_week = minutes_done * DAYS_OF_A_WEEK // elapsed if is_measured else planned_minutes_per_week
    expected_on = None
    if minutes_left and per_week:
        days = ceil(minutes_left * DAYS_OF_A_WEEK / per_week)
        if days <= LATEST_DAYS:
            # The first day counts as one of work.
            expected_on = max(today, started_on) + timedelta(days=days - 1)
    return Pace(
        minutes_done=minutes_done,
        minutes_left=minutes_left,
        minutes_per_week=per_week,
        is_measured=is_measured,
        expected_on=expected_on,
        due_on=due_on,
        days_late=max(0, (expected_on - due_on).days) if expected_on else 0,
    )
