"""Personal tokens, and the words for them in the audit trail."""

from datetime import timedelta

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0025_login_codes_checked"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonalToken",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(help_text="what it is for, in its owner's words", max_length=60)),
                ("prefix", models.CharField(help_text="how it begins; finds the row", max_length=10)),
                (
                    "token_hash",
                    models.CharField(help_text="HMAC-SHA256 of the whole token (PERSONAL_TOKEN_KEYS)", max_length=64),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("profile:read", "Read one's own profile"),
                                ("profile:write", "Change one's own profile"),
                                ("catalogue:read", "Read skills, tracks and mentors"),
                                ("roadmaps:read", "Read roadmaps"),
                                ("roadmaps:write", "Change roadmaps and what is shared of them"),
                                ("progress:read", "Read the log of work, streaks and statistics"),
                                ("progress:write", "Write the log of work"),
                                ("badges:read", "Read badges, points and leaderboards"),
                                ("matches:read", "Read mentorships, conversations and sessions"),
                                ("matches:write", "Ask, answer and write in mentorships"),
                                ("notifications:read", "Read notifications"),
                                ("notifications:write", "Mark notifications and change what is sent"),
                                ("forum:read", "Read the forum"),
                                ("forum:write", "Write in the forum"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, help_text="to a minute or so", null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="personal_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("prefix",), name="personal_token_prefix_once"),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="personal_token_name_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")),
                        name="personal_token_hash_is_sha_256",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "scopes__contained_by",
                                [
                                    "profile:read",
                                    "profile:write",
                                    "catalogue:read",
                                    "roadmaps:read",
                                    "roadmaps:write",
                                    "progress:read",
                                    "progress:write",
                                    "badges:read",
                                    "matches:read",
                                    "matches:write",
                                    "notifications:read",
                                    "notifications:write",
                                    "forum:read",
                                    "forum:write",
                                ],
                            ),
                            ("scopes__len__gte", 1),
                        ),
                        name="personal_token_scopes_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__gt", models.F("created_at")),
                            (
                                "expires_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("created_at"), "+", models.Value(timedelta(days=365))
                                ),
                            ),
                        ),
                        name="personal_token_expires_in_a_year",
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
        sql_file("users", "0026_personal_tokens"),
    ]
