"""One more kind of challenge: a code by e-mail."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0023_suggested_skills")]

    operations = [
        migrations.AlterField(
            model_name="challenge",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("login", "Second step of a login"),
                    ("passkey_login", "Login with a passkey alone"),
                    ("passkey_registration", "A new passkey"),
                    ("step_up", "Proof before something dangerous"),
                    ("email_code", "Login with a code by e-mail"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="challenge", name="challenge_purpose_known"),
        AddConstraintNotValid(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("purpose__in", ["login", "passkey_login", "passkey_registration", "step_up", "email_code"])
                ),
                name="challenge_purpose_known",
            ),
        ),
    ]
