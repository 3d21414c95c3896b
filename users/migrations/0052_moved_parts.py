"""A skill, a slot or a leave that moves to another profile changes the listings of both."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0051_marks_of_skills")]
    operations = [sql_file("users", "0052_moved_parts")]
