"""The policies of profiles, cheaper to ask."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0014_closed_accounts")]
    operations = [sql_file("users", "0015_quick_policies")]
