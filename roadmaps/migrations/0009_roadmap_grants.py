"""Grants of roadmaps to mentors, and the log of what those read."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0008_policies"),
        ("notifications", "0007_roadmap_shared"),
        ("users", "0006_audit_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GrantedRead",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("roadmap_id", models.UUIDField()),
                ("grant_id", models.UUIDField()),
                ("read_at", models.DateTimeField()),
                (
                    "transaction_id",
                    models.BigIntegerField(
                        help_text="of the transaction that read; numbers begin anew after a restore"
                    ),
                ),
                (
                    "mentor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="granted_reads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "roadmap_id", "-id"], name="granted_read_by_owner"),
                    models.Index(fields=["mentor", "transaction_id"], name="granted_read_by_transaction"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoadmapGrant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("title", models.CharField(editable=False, max_length=120)),
                ("expires_at", models.DateTimeField(help_text="at most 366 days after it was given")),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "mentor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roadmap_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roadmap_grants_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "roadmap",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="grants",
                        to="roadmaps.roadmap",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["roadmap", "-id"], name="roadmap_grant_by_roadmap"),
                    models.Index(fields=["mentor", "-id"], name="roadmap_grant_by_mentor"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("roadmap", "mentor"),
                        name="roadmap_grant_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__gt", models.F("created_at")),
                            (
                                "expires_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("created_at"), "+", models.Value(dt.timedelta(days=366))
                                ),
                            ),
                        ),
                        name="roadmap_grant_at_most_366_days",
                        violation_error_message="expires_at must be later than now, by at most 366 days.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mentor", models.F("owner")), _negated=True),
                        name="roadmap_grant_not_to_oneself",
                    ),
                ],
            },
        ),
        sql_file("roadmaps", "0007_roadmap_grants"),
    ]
