"""Streaks: the rules by hand, and properties over random days; the database's longest streak is the same."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from progress.models import ProgressLog
from progress.streaks import streak_of
from progress.tests.factories import ProgressLogFactory
from users.models import User
from users.tests.factories import UserFactory

TODAY = date(2026, 3, 10)
DAYS = st.lists(st.integers(min_value=0, max_value=40).map(lambda back: TODAY - timedelta(days=back)), max_size=40)


def ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=back) for back in days]


@pytest.mark.parametrize(
    ("days", "current", "longest", "is_today_done"),
    [
        ([], 0, 0, False),
        (ago(0), 1, 1, True),
        (ago(1), 1, 1, False),
        (ago(2), 0, 1, False),
        (ago(0, 1, 2), 3, 3, True),
        (ago(1, 2, 3), 3, 3, False),
        (ago(0, 2, 3, 4), 1, 3, True),
        (ago(2, 3, 4), 0, 3, False),
        (ago(0, 0, 1, 1), 2, 2, True),
        ([TODAY + timedelta(days=1), TODAY], 1, 1, True),
    ],
)
def test_streak_counts_days_in_a_row_back_from_today_or_yesterday(
    days: list[date], current: int, longest: int, is_today_done: bool
) -> None:
    streak = streak_of(days, today=TODAY)
    assert (streak.current, streak.longest, streak.is_today_done) == (current, longest, is_today_done)


@given(days=DAYS)
def test_streak_agrees_with_counting_day_by_day(days: list[date]) -> None:
    worked = set(days)
    start = TODAY if TODAY in worked else TODAY - timedelta(days=1)
    counted = 0
    while start - timedelta(days=counted) in worked:
        counted += 1
    streak = streak_of(days, today=TODAY)
    assert streak.current == counted
    assert streak.current <= streak.longest <= len(worked)
    assert streak.last_day == max(worked, default=None)


@given(days=DAYS, data=st.data())
def test_streak_never_shrinks_by_more_work(days: list[date], data: st.DataObject) -> None:
    more = days + data.draw(DAYS)
    before, after = streak_of(days, today=TODAY), streak_of(more, today=TODAY)
    assert after.current >= before.current
    assert after.longest >= before.longest


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS)
def test_database_has_the_same_longest_streak(days: list[date]) -> None:
    user: User = UserFactory()
    ProgressLog.objects.bulk_create(
        ProgressLogFactory.build(user=user, occurred_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        for day in days
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.progress_longest_streak(%s)", [user.pk])
        row = cursor.fetchone()
    assert row == (streak_of(days, today=TODAY).longest,)
