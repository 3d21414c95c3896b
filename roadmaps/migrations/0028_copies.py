"""Whoever may read a roadmap may copy it."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0027_sharing")]
    operations = [sql_file("roadmaps", "0028_copies")]
