"""Modules are locked before their roadmaps by prerequisites too."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0011_indexes")]
    operations = [sql_file("roadmaps", "0012_prerequisite_locks")]
