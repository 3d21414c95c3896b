"""What a person may do with these tables."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables and the roles' default rights."""

    dependencies = [("core", "0003_outbox_rights"), ("roadmaps", "0001_roadmaps_modules_and_jobs")]
    operations = [sql_file("roadmaps", "0001_grants")]
