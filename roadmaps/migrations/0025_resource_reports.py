"""What learners find wrong with resources."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0024_links_due"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ResourceReport",
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
                    "reason",
                    models.CharField(
                        choices=[
                            ("broken", "It does not open"),
                            ("wrong", "It is about something else"),
                            ("paid", "It costs money"),
                            ("other", "Something else"),
                        ],
                        max_length=6,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=1000)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("resolved", "Resolved"), ("rejected", "Nothing is wrong")],
                        default="open",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("resolved_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "reporter",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resource_reports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        db_comment="At erasure: unnamed",
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reports", to="roadmaps.resource"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["broken", "wrong", "paid", "other"])),
                        name="resource_report_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "resolved", "rejected"])),
                        name="resource_report_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("resolved_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="resource_report_closed_has_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("resource", "reporter"),
                        name="resource_report_open_once",
                    ),
                ],
            },
        ),
        sql_file("roadmaps", "0025_resource_reports"),
    ]
