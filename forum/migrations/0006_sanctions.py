"""Sanctions: the table, who sees and writes it, and what it forbids."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("forum", "0005_authors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sanction",
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
                        choices=[
                            ("warned", "Warned"),
                            ("muted", "Muted, for a time"),
                            ("suspended", "Suspended, for a time or until it is lifted"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(help_text="the person reads it", max_length=500)),
                ("starts_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ends_at", models.DateTimeField(blank=True, help_text="empty: until it is lifted", null=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "imposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sanctions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["warned", "muted", "suspended"])), name="sanction_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__length__gte", 1), ("reason__length__lte", 500)),
                        name="sanction_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("imposed_by")), _negated=True),
                        name="sanction_not_of_oneself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                        name="sanction_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "muted"), _negated=True), ("ends_at__isnull", False), _connector="OR"
                        ),
                        name="sanction_muted_has_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_by", None)),
                            ("lifted_at__gte", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="sanction_lifted_after_start",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("person", "kind"), name="sanction_one_active"
                    ),
                ],
            },
        ),
        sql_file("forum", "0006_sanctions"),
    ]
