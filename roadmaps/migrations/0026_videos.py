"""What YouTube was searched for, and what that cost."""

import django.db.models.deletion
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0025_resource_reports"),
        ("users", "0040_attendance"),
    ]

    operations = [
        migrations.CreateModel(
            name="YouTubeDay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("used", models.PositiveIntegerField(default=0)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VideoSearch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("language", models.CharField(help_text="ISO 639-1", max_length=2)),
                (
                    "searched_at",
                    models.DateTimeField(blank=True, help_text="empty: the last search came to nothing", null=True),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="video_searches",
                        to="users.skill",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("skill", "language"), name="video_search_once"),
                    models.CheckConstraint(
                        condition=models.Q(("language__regex", "^[a-z]{2}$")), name="video_search_language_iso_639_1"
                    ),
                ],
            },
        ),
        sql_file("roadmaps", "0026_videos"),
    ]
