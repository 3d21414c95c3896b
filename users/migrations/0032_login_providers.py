"""Login providers: who is linked, who is on the way there and back, and the words for it in the audit trail."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0031_people_checked"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderVisit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("login", "To log in, or to open an account"),
                            ("link", "To log in with it from now on"),
                        ],
                        max_length=10,
                    ),
                ),
                ("state_hash", models.CharField(max_length=64)),
                (
                    "browser_hash",
                    models.CharField(help_text="of the cookie of the browser that it began in", max_length=64),
                ),
                (
                    "ticket_hash",
                    models.CharField(blank=True, help_text="of what the browser came back with", max_length=64),
                ),
                ("return_to", models.CharField(max_length=500)),
                (
                    "refresh_in",
                    models.CharField(
                        choices=[
                            ("body", "In the body, for apps"),
                            ("cookie", "In a cookie that no script reads, for browsers"),
                        ],
                        max_length=10,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("returned_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "identity",
                    models.JSONField(blank=True, help_text="what the provider said, until it is finished", null=True),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_comment="At erasure: gone",
                        help_text="who links; at a login nobody is known yet",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="provider_visits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("state_hash",), name="provider_visit_state_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("ticket_hash", ""), _negated=True),
                        fields=("ticket_hash",),
                        name="provider_visit_ticket_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["login", "link"])), name="provider_visit_purpose_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("refresh_in__in", ["body", "cookie"])),
                        name="provider_visit_refresh_in_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("browser_hash__regex", "^[0-9a-f]{64}$"), ("state_hash__regex", "^[0-9a-f]{64}$")
                        ),
                        name="provider_visit_hashes_are_sha_256",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("identity__isnull", True), ("ticket_hash", "")),
                            models.Q(("returned_at__isnull", False), ("ticket_hash__regex", "^[0-9a-f]{64}$")),
                            _connector="OR",
                        ),
                        name="provider_visit_ticket_after_return",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purpose", "login"), ("user", None)),
                            models.Q(("purpose", "link"), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="provider_visit_links_somebody",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="SocialLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider", models.CharField(help_text="its name in LOGIN_PROVIDERS", max_length=30)),
                (
                    "subject",
                    models.CharField(help_text="whom the provider means; it gives this to nobody else", max_length=255),
                ),
                (
                    "email",
                    models.CharField(
                        blank=True, help_text="as the provider told it; nothing hangs on it", max_length=254
                    ),
                ),
                (
                    "login",
                    models.CharField(blank=True, help_text="their name there, as the provider told it", max_length=80),
                ),
                ("name", models.CharField(blank=True, help_text="as the provider told it", max_length=80)),
                ("linked_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, help_text="the last login with it", null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="social_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "subject"), name="social_link_subject_once"),
                    models.UniqueConstraint(fields=("user", "provider"), name="social_link_provider_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("provider", ""), _negated=True), models.Q(("subject", ""), _negated=True)
                        ),
                        name="social_link_subject_given",
                    ),
                ]
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
                    ("provider_linked", "Login provider linked"),
                    ("provider_unlinked", "Login provider no longer linked"),
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
                            "provider_linked",
                            "provider_unlinked",
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
        sql_file("users", "0032_login_providers"),
    ]
