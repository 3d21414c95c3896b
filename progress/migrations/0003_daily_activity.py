"""Daily sums from the log, the last delivery of a repository, the notification of recorded work."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("progress", "0002_grants"), ("notifications", "0002_notify")]
    operations = [sql_file("progress", "0003_daily_activity")]
