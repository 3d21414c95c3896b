"""Triggers that keep a roadmap's progress in step with its modules."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables; the functions belong to sb_definer."""

    dependencies = [("roadmaps", "0002_grants")]
    operations = [sql_file("roadmaps", "0002_progress")]
