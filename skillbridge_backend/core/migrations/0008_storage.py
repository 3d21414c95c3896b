"""Storage settings of the busiest tables: fill factor, autovacuum."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("core", "0007_dead_letters")]
    operations = [sql_file("core", "0008_storage")]
