"""Checks for what the API refused and the database let pass."""

from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0009_roadmap_grants"),
        ("users", "0011_nonsense_refused"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="generation",
            constraint=models.CheckConstraint(
                condition=models.Q(("prompt_hash", ""), ("prompt_hash__regex", "^[0-9a-f]{64}$"), _connector="OR"),
                name="generation_prompt_hash_is_sha_256",
            ),
        ),
        migrations.AddConstraint(
            model_name="generation",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost", None), ("cost__gte", 0), _connector="OR"),
                name="generation_cost_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="generation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("started_at", None),
                    ("finished_at", None),
                    ("finished_at__gte", models.F("started_at")),
                    _connector="OR",
                ),
                name="generation_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="module",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="module_title_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="module",
            constraint=models.CheckConstraint(
                condition=models.Q(("description__length__lte", 4000)), name="module_description_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__length__gte", 1), ("text__length__lte", 10000)), name="note_text_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownresource",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="own_resource_title_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="resource_title_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__regex", "^[a-z]{2,3}$")), name="resource_language_iso_639"
            ),
        ),
        migrations.AddConstraint(
            model_name="roadmap",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="roadmap_title_given"
            ),
        ),
        sql_file("roadmaps", "0009_prerequisites"),
    ]
