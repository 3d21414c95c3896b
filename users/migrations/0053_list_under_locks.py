"""Two who change a mentor at once leave the listing as both would have it."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0052_moved_parts")]
    operations = [sql_file("users", "0053_list_under_locks")]
