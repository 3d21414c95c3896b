"""When a learner arrives who goes on as they do."""

from datetime import date

import pytest

from roadmaps.pace import Pace, pace, week_of

MONDAY = date(2026, 3, 2)


def measured(done: int, left: int, today: date, due_on: date = date(2026, 4, 26)) -> Pace:
    return pace(
        minutes_done=done,
        minutes_left=left,
        started_on=MONDAY,
        today=today,
        due_on=due_on,
        planned_minutes_per_week=360,
    )


def test_the_first_week_assumes_the_hours_of_the_plan() -> None:
    begun = measured(0, 720, MONDAY)
    assert (begun.is_measured, begun.minutes_per_week, begun.expected_on) == (False, 360, date(2026, 3, 15))
    assert begun.in_words == "With 6 hours a week you are done on 2026-03-15, in time for 2026-04-26."


def test_after_it_what_was_done_counts_and_the_day_moves() -> None:
    slow = measured(180, 720, date(2026, 3, 16))
    assert (slow.minutes_per_week, slow.expected_on, slow.days_late) == (90, date(2026, 5, 10), 14)
    assert slow.in_words == "At your pace of 1.5 hours a week you are done on 2026-05-10, 14 days after 2026-04-26."
    quick = measured(720, 180, date(2026, 3, 16))
    assert (quick.expected_on, quick.days_late) == (date(2026, 3, 19), 0)


def test_who_did_nothing_is_told_no_day() -> None:
    idle = measured(0, 720, date(2026, 3, 16))
    assert (idle.expected_on, idle.days_late) == (None, 0)
    assert idle.in_words.startswith("Nothing was completed")


def test_who_has_nothing_left_is_done() -> None:
    assert measured(720, 0, date(2026, 3, 16)).in_words == "Nothing is left to do."
    assert measured(0, 0, MONDAY).expected_on is None


def test_a_plan_that_begins_later_ends_later() -> None:
    assert measured(0, 360, date(2026, 2, 1)).expected_on == date(2026, 3, 8)


@pytest.mark.parametrize(
    ("day", "week"), [("2026-02-01", 1), ("2026-03-02", 1), ("2026-03-08", 1), ("2026-03-09", 2), ("2027-03-01", 53)]
)
def test_weeks_are_counted_from_the_first_day(day: str, week: int) -> None:
    assert week_of(date.fromisoformat(day), started_on=MONDAY) == week
