"""The rows that were there have purposes that are known."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0024_login_codes")]
    operations = [ValidateConstraint("challenge", "challenge_purpose_known")]
