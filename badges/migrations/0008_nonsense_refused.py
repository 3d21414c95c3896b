"""Checks for what the API refused and the database let pass."""

from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("badges", "0007_leaderboard_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(("revoked_at", None), ("revoked_at__gte", models.F("awarded_at")), _connector="OR"),
                name="award_revoked_after_awarded",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointsentry",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="entry_key_given"),
        ),
        sql_file("badges", "0008_criteria"),
    ]
