"""Storage settings of the busiest tables: fill factor, autovacuum."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0008_nonsense_refused")]
    operations = [sql_file("badges", "0009_storage")]
