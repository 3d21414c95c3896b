"""Whose rows a request may touch; secrets of webhooks are out of its sight."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After private.is_moderating."""

    dependencies = [("progress", "0003_daily_activity"), ("users", "0007_moderating")]
    operations = [sql_file("progress", "0004_policies")]
