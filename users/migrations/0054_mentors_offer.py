"""Only mentors begin to offer mentoring."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0053_list_under_locks")]
    operations = [sql_file("users", "0054_mentors_offer")]
