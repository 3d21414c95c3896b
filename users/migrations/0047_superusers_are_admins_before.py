"""No account of before is a superuser's who is no admin."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0046_superusers_are_admins")]
    operations = [ValidateConstraint("user", "user_superuser_is_admin")]
