"""Points for questions, replies, solutions and votes, by the ledger of badges."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the ledger."""

    dependencies = [("forum", "0002_threads"), ("badges", "0002_ledger")]
    operations = [sql_file("forum", "0003_points")]
