"""Whom people keep away: matching brings the two together in neither direction."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0033_refusals"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Block",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("blocked", "Blocked"), ("conflict", "Conflict of interest")],
                        default="blocked",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True, help_text="for its owner", max_length=500)),
                (
                    "owner",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "person"), name="block_once"),
                    models.CheckConstraint(condition=~Q(owner=F("person")), name="block_not_of_oneself"),
                    models.CheckConstraint(condition=Q(kind__in=["blocked", "conflict"]), name="block_kind_known"),
                    models.CheckConstraint(condition=Q(note__length__lte=500), name="block_note_length"),
                ],
            },
        ),
        sql_file("matches", "0034_blocks"),
    ]
