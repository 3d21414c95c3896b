"""Mentors are weighed in half the time."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0027_sessions_to_close")]
    operations = [sql_file("matches", "0028_candidates")]
