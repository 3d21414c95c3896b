"""Tables for leaving, the parts of audit entries that can be erased, and new words of the trail."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.migrating import AlterComment


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0018_second_factors"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataExport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waits for a worker"),
                            ("running", "Is being put together"),
                            ("ready", "Can be fetched"),
                            ("failed", "Could not be put together; ask again"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, help_text="the file is removed then", null=True)),
                (
                    "file",
                    models.CharField(blank=True, help_text="its random name in the private storage", max_length=100),
                ),
                ("bytes", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(help_text="not before; the account is erased within an hour then")),
                (
                    "was_offering",
                    models.BooleanField(
                        db_default=False, editable=False, help_text="mentoring; written by the trigger"
                    ),
                ),
                ("was_seeking", models.BooleanField(db_default=False, editable=False)),
                (
                    "user",
                    models.OneToOneField(
                        db_comment="At erasure: gone",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departure",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="auditentry",
            name="audit_action_known",
        ),
        migrations.AddField(
            model_name="auditentry",
            name="source_hash",
            field=models.BinaryField(help_text="over address and user agent", null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="source_salt",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="told_hash",
            field=models.BinaryField(help_text="over before, after and details; NULL in the oldest entries", null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="told_salt",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("signed_up", "Signed up"),
                    ("email_confirmed", "E-mail address confirmed"),
                    ("logged_in", "Logged in"),
                    ("login_failed", "Login failed"),
                    ("logged_out", "Logged out"),
                    ("token_refreshed", "Token refreshed"),
                    ("token_reused", "Refresh token used twice"),
                    ("second_factor_failed", "Second factor failed"),
                    ("stepped_up", "Proved again who they are"),
                    ("factor_added", "Second factor added"),
                    ("factor_removed", "Second factor removed"),
                    ("recovery_code_used", "Recovery code used"),
                    ("recovery_codes_made", "New recovery codes made"),
                    ("impersonated", "An admin looked through this person's eyes"),
                    ("export_asked", "Asked for a copy of all their data"),
                    ("export_fetched", "Fetched that copy"),
                    ("deletion_asked", "Asked for the account to be erased"),
                    ("deletion_cancelled", "Kept the account after all"),
                    ("erased", "The person is gone, and what told of them in older entries"),
                    ("archived", "Old entries archived"),
                    ("inserted", "Inserted"),
                    ("updated", "Updated"),
                    ("deleted", "Deleted"),
                ],
                max_length=30,
            ),
        ),
        AlterComment(
            model_name="profile",
            name="user",
            field=models.OneToOneField(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="profile",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="refreshtokenfamily",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="token_families",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AddConstraintNotValid(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "signed_up",
                            "email_confirmed",
                            "logged_in",
                            "login_failed",
                            "logged_out",
                            "token_refreshed",
                            "token_reused",
                            "second_factor_failed",
                            "stepped_up",
                            "factor_added",
                            "factor_removed",
                            "recovery_code_used",
                            "recovery_codes_made",
                            "impersonated",
                            "export_asked",
                            "export_fetched",
                            "deletion_asked",
                            "deletion_cancelled",
                            "erased",
                            "archived",
                            "inserted",
                            "updated",
                            "deleted",
                        ],
                    )
                ),
                name="audit_action_known",
            ),
        ),
        migrations.AddIndex(
            model_name="dataexport",
            index=models.Index(fields=["user", "-id"], name="export_by_user"),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["queued", "running", "ready", "failed"])), name="export_status_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bytes__isnull", False),
                        ("expires_at__isnull", False),
                        ("status", "ready"),
                        models.Q(("file", ""), _negated=True),
                    ),
                    models.Q(models.Q(("status", "ready"), _negated=True), ("bytes", None), ("expires_at", None)),
                    _connector="OR",
                ),
                name="export_ready_has_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["queued", "running"])), fields=("user",), name="export_one_running"
            ),
        ),
        migrations.AddIndex(
            model_name="departure",
            index=models.Index(fields=["due_at"], name="departure_due"),
        ),
        migrations.AddConstraint(
            model_name="departure",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("asked_at"))), name="departure_due_after_asked"
            ),
        ),
    ]
