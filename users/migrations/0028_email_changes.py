"""Changes of addresses, and the words for them in the audit trail."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0027_audit_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmailChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("old_address", models.EmailField(max_length=254)),
                ("new_address", models.EmailField(max_length=254)),
                ("session_id", models.UUIDField(help_text="the login that asked; it goes on when the others end")),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="email_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at", None)), fields=("user",), name="email_change_one_waiting"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("new_address", models.F("old_address")), _negated=True),
                        name="email_change_to_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("new_address", django.db.models.functions.text.Lower("new_address")),
                            ("old_address", django.db.models.functions.text.Lower("old_address")),
                        ),
                        name="email_change_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at", None), ("confirmed_at__gte", models.F("asked_at")), _connector="OR"
                        ),
                        name="email_change_confirmed_after_asked",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="auditentry",
            name="audit_action_known",
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("signed_up", "Signed up"),
                    ("email_confirmed", "E-mail address confirmed"),
                    ("email_change_asked", "Asked for another e-mail address"),
                    ("email_changed", "E-mail address changed"),
                    ("email_change_stopped", "Another e-mail address given up before it was confirmed"),
                    ("email_restored", "Former e-mail address restored by its owner"),
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
                    ("personal_token_made", "Personal token made"),
                    ("personal_token_removed", "Personal token removed"),
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
        AddConstraintNotValid(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "signed_up",
                            "email_confirmed",
                            "email_change_asked",
                            "email_changed",
                            "email_change_stopped",
                            "email_restored",
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
                            "personal_token_made",
                            "personal_token_removed",
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
        sql_file("users", "0028_email_changes"),
    ]
