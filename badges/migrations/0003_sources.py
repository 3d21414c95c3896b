"""Triggers that book from modules, roadmaps, the log and repositories."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("badges", "0002_ledger"),
        ("progress", "0003_daily_activity"),
        ("roadmaps", "0001_roadmaps_modules_and_jobs"),
    ]
    operations = [sql_file("badges", "0003_sources")]
