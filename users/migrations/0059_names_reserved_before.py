"""The older handles hold as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0058_names_reserved")]
    operations = [ValidateConstraint("user", "user_handle_reserved")]
