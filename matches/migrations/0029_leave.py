"""Mentors are away by their own calendar."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0028_candidates")]
    operations = [sql_file("matches", "0029_leave")]
