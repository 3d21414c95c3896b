"""Figures about a learner's work, from the daily sums, and the roll-up that keeps those right."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from progress.models import DailyActivity
from progress.streaks import Streak, streak_of
from skillbridge_backend.core.errors import InvalidInput
from users.models import User
from users.zones import today_of

EARLIEST_DAY = date(2000, 1, 1)
"""Before anybody learned here; keeps the arithmetic of days away from the calendar's end."""
LONGEST_RANGE = timedelta(days=366)
DEFAULT_RANGE = timedelta(days=181)
ROLLED_UP_AGAIN = timedelta(days=35)
"""Work may be dated back 30 days, and a day of any zone begins at most 26 hours apart."""


@dataclass(frozen=True, slots=True)
class Heatmap:
    """The days with work from `first` to `last`, both included, ascending."""

    first: date
    last: date
    days: list[DailyActivity]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sums over all time, sums by week of the heatmap's range (each named by its Monday), and the heatmap."""

    totals: dict[str, int]
    weeks: list[dict[str, object]]
    heatmap: Heatmap


class AnalyticsService:
    """Reads daily sums; writes nothing but those."""

    @classmethod
    def streak(cls, *, actor: User) -> Streak:
        """The actor's streak as of today in their zone."""
        days = DailyActivity.objects.visible_to(actor).active().days()
        return streak_of(days, today=today_of(actor.pk))

    @classmethod
    def statistics(cls, *, actor: User, first: date | None = None, last: date | None = None) -> Statistics:
        """The actor's figures; the range ends today and is half a year when not given, at most 366 days.

        Raises InvalidInput naming `since` or `until`.
        """
        last = last or today_of(actor.pk)
        if last < EARLIEST_DAY:
            raise InvalidInput.of("until", f"Write a day from {EARLIEST_DAY} on.")
        first = first or last - DEFAULT_RANGE
        if first > last:
            raise InvalidInput.of("since", "Write a day that is not after until.")
        if last - first > LONGEST_RANGE:
            raise InvalidInput.of("since", f"Write a range of at most {LONGEST_RANGE.days} days.")
        mine = DailyActivity.objects.visible_to(actor)
        days = mine.active().between(first, last)
        return Statistics(mine.totals(), days.by_week(), Heatmap(first, last, list(days)))

    @staticmethod
    def roll_up_days() -> int:
        """Recompute the daily sums that work can still change, as service; returns how many were wrong.

        The trigger on the log keeps them right, so 0 is the rule; after rows came in without triggers (a restore, a
        replica) this is what repairs them. Harmless to repeat.
        """
        since = timezone.now().date() - ROLLED_UP_AGAIN
        with connection.cursor() as cursor:
            cursor.execute("SELECT private.progress_roll_up_since(%s)", [since])
            row = cursor.fetchone()
        return int(row[0]) if row else 0
