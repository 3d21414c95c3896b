"""The mentors whom a learner may choose from, read by one function."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("matches", "0009_indexes"),
        ("users", "0013_indexes"),
    ]
    operations = [sql_file("matches", "0010_candidates")]
