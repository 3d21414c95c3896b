"""Whose rows a request may read."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After private.is_moderating."""

    dependencies = [("badges", "0003_sources"), ("users", "0007_moderating")]
    operations = [sql_file("badges", "0004_policies")]
