"""A completion that counts in several roadmaps brings points once."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0019_leaving"), ("roadmaps", "0020_versions_and_copies")]
    operations = [sql_file("badges", "0020_counted_once")]
