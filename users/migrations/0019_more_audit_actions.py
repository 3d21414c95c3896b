"""What happens to second factors is told in the audit trail. The old entries are checked by the next migration."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0018_second_factors")]
    operations = [
        migrations.RemoveConstraint(model_name="auditentry", name="audit_action_known"),
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
                            "impersonated",
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
    ]
