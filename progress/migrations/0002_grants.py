"""Rights of the web's roles on the tables of this app."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("progress", "0001_log_repositories_and_deliveries"), ("core", "0003_outbox_rights")]
    operations = [sql_file("progress", "0001_grants")]
