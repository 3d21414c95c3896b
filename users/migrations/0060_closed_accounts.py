"""A closed account ends its sessions and personal tokens, and none comes back when it is opened again."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0059_names_reserved_before")]
    operations = [sql_file("users", "0060_closed_accounts")]
