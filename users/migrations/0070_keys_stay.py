"""The key of an audited row never changes."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0042_seals_checked_before")]
    operations = [sql_file("users", "0070_keys_stay")]
