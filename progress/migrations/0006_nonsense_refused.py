"""Checks for what the API refused and the database let pass."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("progress", "0005_audit"),
        ("users", "0011_nonsense_refused"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="progresslog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("external_id", None), models.Q(("external_id", ""), _negated=True), _connector="OR"
                ),
                name="log_external_id_given",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivery_guid", ""), _negated=True), models.Q(("event", ""), _negated=True)
                ),
                name="webhook_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("body_hash__regex", "^[0-9a-f]{64}$")), name="webhook_body_hash_is_sha_256"
            ),
        ),
    ]
