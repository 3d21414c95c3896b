"""The older names hold as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0056_names_checked")]
    operations = [
        ValidateConstraint("user", "user_handle_plain"),
        ValidateConstraint("user", "user_display_name_one_line"),
    ]
