"""Checks for what the API refused and the database let pass."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0007_roadmap_shared"),
        ("users", "0011_nonsense_refused"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="broadcast",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject", ""), _negated=True), name="broadcast_subject_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="broadcast",
            constraint=models.CheckConstraint(
                condition=models.Q(("body__length__gte", 1), ("body__length__lte", 2000)), name="broadcast_body_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", "transport_failed"), ("status", "failed")),
                    models.Q(
                        models.Q(("status", "failed"), _negated=True),
                        models.Q(("reason", "transport_failed"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="delivery_failed_by_transport",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("uniqueness_key", ""), _negated=True), name="notification_key_given"
            ),
        ),
    ]
