"""Whose names visitors read."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("forum", "0004_audit"), ("users", "0008_policies")]
    operations = [sql_file("forum", "0005_authors")]
