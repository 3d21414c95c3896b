"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from badges.models import Award, MetricTotal, PointsEntry
from skillbridge_backend.core.personal_data import Section

SECTIONS = (
    Section(
        "badges",
        ("badges_award.user_id",),
        lambda person: Award.objects.filter(user_id=person),
        ("badge__slug", "seq", "awarded_at", "reason", "revoked_at", "revoke_reason"),
    ),
    Section(
        "points",
        ("badges_pointsentry.user_id",),
        lambda person: PointsEntry.objects.filter(user_id=person),
        ("metric", "amount", "points", "source_type", "source_id", "note", "created_at"),
    ),
    Section(
        "totals",
        ("badges_metrictotal.user_id",),
        lambda person: MetricTotal.objects.filter(user_id=person),
        ("metric", "amount", "points", "week_points", "month_points", "updated_at"),
    ),
)
EXEMPT = {
    "badges_award.revoked_by_id": "a decision about somebody else's badge",
    "badges_pointsentry.booked_by_id": "a booking in somebody else's ledger",
}
