"""Who comes to sessions, in the figures of mentors; and where mentors live, for the matcher."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0040_attendance"), ("matches", "0018_waiting_times")]
    operations = [sql_file("matches", "0019_attendance")]
