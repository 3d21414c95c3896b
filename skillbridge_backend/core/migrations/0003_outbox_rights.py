"""Rights on the outbox, the function that triggers publish with, and the trigger that wakes the relay."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("core", "0002_tables")]
    operations = [sql_file("core", "0002_outbox")]
