"""The leaderboards' indexes name the person too, so that a rank is counted without the table."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently

OF_POINTS = models.Q(metric="points")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("badges", "0010_indexes")]
    operations = [
        AddIndexConcurrently(
            "metrictotal",
            models.Index(fields=["-points"], include=["user"], condition=OF_POINTS, name="rank_by_points"),
        ),
        AddIndexConcurrently(
            "metrictotal",
            models.Index(
                fields=["week_starts_on", "-week_points"], include=["user"], condition=OF_POINTS, name="rank_by_week"
            ),
        ),
        AddIndexConcurrently(
            "metrictotal",
            models.Index(
                fields=["month_starts_on", "-month_points"], include=["user"], condition=OF_POINTS, name="rank_by_month"
            ),
        ),
        RemoveIndexConcurrently("metrictotal", "total_by_points"),
        RemoveIndexConcurrently("metrictotal", "total_by_week"),
        RemoveIndexConcurrently("metrictotal", "total_by_month"),
    ]
