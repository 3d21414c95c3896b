"""An index for each leaderboard; the ledger's own by time, which leaderboards were added up from, goes."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently

OF_POINTS = models.Q(metric="points")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("badges", "0006_periods")]
    operations = [
        AddIndexConcurrently(
            "metrictotal", models.Index(fields=["-points"], condition=OF_POINTS, name="total_by_points")
        ),
        AddIndexConcurrently(
            "metrictotal",
            models.Index(fields=["week_starts_on", "-week_points"], condition=OF_POINTS, name="total_by_week"),
        ),
        AddIndexConcurrently(
            "metrictotal",
            models.Index(fields=["month_starts_on", "-month_points"], condition=OF_POINTS, name="total_by_month"),
        ),
        AddIndexConcurrently(
            "pointsentry",
            models.Index(fields=["user", "metric"], include=["amount", "points", "created_at"], name="entry_of_user"),
        ),
        RemoveIndexConcurrently("pointsentry", "entry_by_user"),
        RemoveIndexConcurrently("pointsentry", "entry_by_time"),
    ]
