"""Storage settings of the busiest tables: fill factor, autovacuum."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0011_nonsense_refused")]
    operations = [sql_file("users", "0012_storage")]
