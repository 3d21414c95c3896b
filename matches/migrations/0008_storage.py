"""Storage settings of the busiest tables: fill factor, autovacuum."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0007_nonsense_refused")]
    operations = [sql_file("matches", "0008_storage")]
