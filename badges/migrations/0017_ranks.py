"""Ranks are counted among those who are ranked."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0016_ranked_indexes")]
    operations = [sql_file("badges", "0017_ranks")]
