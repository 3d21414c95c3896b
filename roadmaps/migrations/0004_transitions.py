"""Triggers that refuse a change of status that is no step of the state machine."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("roadmaps", "0003_progress")]
    operations = [sql_file("roadmaps", "0003_transitions")]
