"""Checks for what the API refused and the database let pass."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forum", "0008_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="forumpost",
            constraint=models.CheckConstraint(
                condition=models.Q(("removed_by", None), ("removed_at__isnull", False), _connector="OR"),
                name="post_removed_by_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(("resolved_by", None), models.Q(("state", "open"), _negated=True), _connector="OR"),
                name="report_open_by_nobody",
            ),
        ),
    ]
