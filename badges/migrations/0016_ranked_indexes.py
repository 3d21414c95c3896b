"""Indexes of those who are ranked, one for each leaderboard."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently

RANKED = models.Q(metric="points", is_ranked=True)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("badges", "0015_ranked_before")]
    operations = [
        AddIndexConcurrently(
            "metrictotal",
            models.Index(fields=["-points"], include=["user"], condition=RANKED, name="ranked_by_points"),
        ),
        AddIndexConcurrently(
            "metrictotal",
            models.Index(
                fields=["week_starts_on", "-week_points"], include=["user"], condition=RANKED, name="ranked_by_week"
            ),
        ),
        AddIndexConcurrently(
            "metrictotal",
            models.Index(
                fields=["month_starts_on", "-month_points"], include=["user"], condition=RANKED, name="ranked_by_month"
            ),
        ),
    ]
