"""What every table and function rests on: `auth.uid()`, ids for triggers, default rights of the roles."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """Runs first, so that the default rights hold for every table made after it."""

    initial = True
    run_before = [("contenttypes", "0001_initial")]
    operations = [sql_file("core", "0001_access")]
