"""One audit trail: accounts' events and the changed rows of sensitive tables, numbered by the database."""

import django.contrib.postgres.fields
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file

ACTIONS = [
    ("signed_up", "Signed up"),
    ("email_confirmed", "E-mail address confirmed"),
    ("logged_in", "Logged in"),
    ("login_failed", "Login failed"),
    ("logged_out", "Logged out"),
    ("token_refreshed", "Token refreshed"),
    ("token_reused", "Refresh token used twice"),
    ("archived", "Old entries archived"),
    ("inserted", "Inserted"),
    ("updated", "Updated"),
    ("deleted", "Deleted"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0005_numbered_refresh_tokens"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        sql_file("users", "0003_audit_former"),
        migrations.DeleteModel(name="AuditEntry"),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("occurred_at", models.DateTimeField()),
                ("user_id", models.UUIDField(blank=True, help_text="whom it concerns", null=True)),
                ("actor_id", models.UUIDField(blank=True, help_text="who did it, as auth.uid() says", null=True)),
                ("login", models.CharField(help_text="the login to PostgreSQL", max_length=63)),
                ("role", models.CharField(help_text="the role it acted in", max_length=63)),
                ("action", models.CharField(choices=ACTIONS, max_length=30)),
                (
                    "table_name",
                    models.CharField(blank=True, help_text="empty for what happened to an account", max_length=63),
                ),
                ("row_id", models.CharField(blank=True, max_length=64)),
                (
                    "before",
                    models.JSONField(blank=True, help_text="of an update: the changed columns only", null=True),
                ),
                ("after", models.JSONField(blank=True, null=True)),
                ("ip_address", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("details", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["user_id", "-occurred_at"], name="audit_by_user"),
                    models.Index(
                        fields=["table_name", "row_id", "-occurred_at"],
                        condition=~models.Q(table_name=""),
                        name="audit_by_row",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action__in", [value for value, _ in ACTIONS])), name="audit_action_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditPending",
            fields=[("entry_id", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"verbose_name_plural": "pending audit entries"},
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("entry_count", models.PositiveIntegerField()),
                (
                    "entry_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), help_text="numbers of the entries, in order", size=None
                    ),
                ),
                ("digests", models.BinaryField(help_text="a SHA-256 for each entry, in the same order")),
                ("previous_head", models.CharField(blank=True, max_length=64)),
                ("head", models.CharField(help_text="SHA-256 over this seal and the head before it", max_length=64)),
            ],
        ),
        sql_file("users", "0003_audit"),
        sql_file("users", "0003_audit_seal"),
    ]
