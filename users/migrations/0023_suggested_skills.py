"""People propose skills."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0022_closed_accounts")]
    operations = [sql_file("users", "0023_suggested_skills")]
