"""Checks for what the API refused and the database let pass."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matches", "0006_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="matchround",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("status__in", ["queued", "running"])),
                    models.Q(("finished_at__isnull", False), ("status__in", ["succeeded", "failed"])),
                    _connector="OR",
                ),
                name="round_ended_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="matchround",
            constraint=models.CheckConstraint(
                condition=models.Q(("input_hash", ""), ("input_hash__regex", "^[0-9a-f]{64}$"), _connector="OR"),
                name="round_input_hash_is_sha_256",
            ),
        ),
        migrations.AddConstraint(
            model_name="mentormatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["active", "paused", "completed"]), _negated=True),
                    ("started_at__isnull", False),
                    _connector="OR",
                ),
                name="match_active_has_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="mentormatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("completed", "ended_early")), _negated=True),
                    ("ended_at__isnull", False),
                    _connector="OR",
                ),
                name="match_over_has_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="mentormatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answer__length__lte", 4000), ("end_reason__length__lte", 4000), ("message__length__lte", 4000)
                ),
                name="match_texts_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("body__length__lte", 4000)), name="message_body_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__length__lte", 4000)), name="review_text_length"
            ),
        ),
    ]
