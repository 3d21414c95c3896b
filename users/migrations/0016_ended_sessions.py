"""Is the session of an access token over?"""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0015_quick_policies")]
    operations = [sql_file("users", "0016_ended_sessions")]
