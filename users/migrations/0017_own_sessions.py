"""People see their own logins."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0016_ended_sessions")]
    operations = [sql_file("users", "0017_own_sessions")]
