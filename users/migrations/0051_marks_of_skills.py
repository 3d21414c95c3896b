"""Nobody adds a skill that is marked as a listed mentor's already."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0050_nameless_log")]
    operations = [sql_file("users", "0051_marks_of_skills")]
