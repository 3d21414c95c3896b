"""Points, levels and leaderboards; bookings by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from badges.enums import Metric, Period
from badges.levels import Level, level_of
from badges.models import MetricTotal, PointsEntry
from skillbridge_backend.core.errors import InvalidInput, PermissionDenied
from skillbridge_backend.core.ids import new_id
from users.enums import Role
from users.models import Track, User

DEFAULT_PLACES, MOST_PLACES = 25, 100
MOST_POINTS_BY_HAND = 10_000
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's points, level, and amounts by metric."""

    total: int
    level: Level
    metrics: dict[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a leaderboard; equal points share a rank, and behind the first thousand nobody has one."""

    rank: int | None
    user_id: UUID
    handle: str
    display_name: str
    points: int
    is_me: bool


def period_starts_on(period: Period, *, now: datetime) -> date | None:
    """The day from which a period's points count, included; None for all time. Monday or the 1st, UTC."""
    today = now.astimezone(UTC).date()
    match period:
        case Period.WEEK:
            return today - timedelta(days=today.weekday())
        case Period.MONTH:
            return today.replace(day=1)
        case Period.ALL:
            return None


class GamificationService:
    """Points and levels."""

    @staticmethod
    def standing(*, actor: User) -> Standing:
        """The actor's points, level and amounts."""
        metrics = MetricTotal.objects.amounts_of(actor)
        total = metrics.pop(Metric.POINTS, 0)
        return Standing(total, level_of(total), metrics)

    @staticmethod
    def leaderboard(*, actor: User, period: Period, track: str = "", places: int = DEFAULT_PLACES) -> list[Place]:
        """The first `places` (1 to 100) people by points of the period, and the actor's own place below them.

        With `track` (its slug), only people who have a roadmap of it; InvalidInput for one that does not exist.
        """
        if not 1 <= places <= MOST_PLACES:
            raise InvalidInput.of("limit", f"Write a number from 1 to {MOST_PLACES}.")
        if track and not Track.objects.filter(slug=track).exists():
            raise InvalidInput.of("track", "There is no track with this slug.")
        starts_on = period_starts_on(period, now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rank, user_id, handle, display_name, points"
                " FROM private.badges_leaderboard(%s, %s, %s, %s, %s)",
                [str(period), starts_on, track or None, places, actor.pk],
            )
            rows = cursor.fetchall()
        return [
            Place(rank, person, handle, display_name, int(points), is_me=person == actor.pk)
            for rank, person, handle, display_name, points in rows
        ]

    @staticmethod
    def book_manual(*, actor: User, user: User, points: int, note: str) -> PointsEntry:
        """Points given or, with a negative number, taken by an admin, at most 10,000 at a time.

        A booking like any other: totals and badges follow. Raises InvalidInput for 0 and without a note.
        """
        if actor.role != Role.ADMIN:
            raise PermissionDenied("Only admins may book points.")
        if points == 0 or abs(points) > MOST_POINTS_BY_HAND:
            raise InvalidInput.of("points", f"Write a number from 1 to {MOST_POINTS_BY_HAND}, or its negative.")
        note = note.strip()
        if not 1 <= len(note) <= LONGEST_NOTE:
            raise InvalidInput.of("note", f"Write 1 to {LONGEST_NOTE} characters that the person may read.")
        entry_id = new_id()
        return PointsEntry.objects.create(
            id=entry_id,
            user=user,
            metric=Metric.POINTS,
            amount=points,
            points=points,
            source_type="manual",
            key=f"manual:{entry_id}",
            note=note,
            booked_by=actor,
            created_at=timezone.now(),
        )
