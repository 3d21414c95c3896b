"""Bookings and sums by plain SQL, as other apps' triggers make them."""

from typing import Any
from uuid import UUID

from django.db import connection

from users.models import User


def book(user: User, metric: str, amount: int, key: str, source_id: UUID | None = None) -> None:
    """`private.book`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.book(%s, %s, %s, 'test', %s, %s)", [user.pk, metric, amount, source_id, key])


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


def assert_totals_equal_recomputation() -> None:
    """Totals are the sums of the ledger, and the ledger says what modules, roadmaps and repositories say."""
    assert rows(
        "SELECT user_id, metric, amount, points FROM badges_metrictotal WHERE metric <> 'points' ORDER BY 1, 2"
    ) == rows(
        "SELECT user_id, metric, sum(amount)::bigint, sum(points)::bigint FROM badges_pointsentry"
        " WHERE metric <> 'points' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert rows(
        "SELECT user_id, amount FROM badges_metrictotal WHERE metric = 'points' AND amount <> 0 ORDER BY 1"
    ) == rows(
        "SELECT user_id, sum(points)::bigint FROM badges_pointsentry GROUP BY 1 HAVING sum(points) <> 0 ORDER BY 1"
    )
    sources = [
        (
            "modules_completed",
            """SELECT r.owner_id, count(*) FROM roadmaps_module m JOIN roadmaps_roadmap r ON r.id = m.roadmap_id
            WHERE m.status = 'completed' AND m.counted_from IS NULL GROUP BY 1 ORDER BY 1""",
        ),
        (
            "roadmaps_completed",
            "SELECT owner_id, count(*) FROM roadmaps_roadmap WHERE completed_at IS NOT NULL GROUP BY 1 ORDER BY 1",
        ),
        (
            "repositories_connected",
            "SELECT owner_id, count(*) FROM progress_repository WHERE disconnected_at IS NULL GROUP BY 1 ORDER BY 1",
        ),
    ]
    for metric, truth in sources:
        assert rows(
            "SELECT user_id, amount FROM badges_metrictotal WHERE metric = %s AND amount <> 0 ORDER BY 1", metric
        ) == rows(truth), metric
