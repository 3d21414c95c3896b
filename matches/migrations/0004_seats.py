"""One person sits in one confirmed session at a time, whichever side they are on."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """A table of seats in the place of one constraint for each side."""

    dependencies = [("matches", "0003_news"), ("users", "0007_moderating")]
    operations = [
        migrations.CreateModel(
            name="SessionSeat",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "during",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(
                        help_text="half-open: a session may begin when another ends"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to="matches.session",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("session", "person"), name="seat_once"),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("person", "="), ("during", "&&")], name="session_person_once_at_a_time"
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="session", name="session_mentor_once_at_a_time"),
        migrations.RemoveConstraint(model_name="session", name="session_learner_once_at_a_time"),
        sql_file("matches", "0004_seats"),
    ]
