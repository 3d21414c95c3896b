"""Storage settings of the busiest tables: fill factor, autovacuum."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("progress", "0006_nonsense_refused")]
    operations = [sql_file("progress", "0007_storage")]
