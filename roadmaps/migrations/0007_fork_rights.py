"""The right to take the pointer to a deleted roadmap out of its forks."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the other rights on the table."""

    dependencies = [("roadmaps", "0006_both_weeks_or_neither")]
    operations = [sql_file("roadmaps", "0005_fork_rights")]
