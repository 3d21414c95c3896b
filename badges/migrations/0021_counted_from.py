"""Who counts a completed module from another, or no longer, is booked for what it brings now."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0020_counted_once")]
    operations = [sql_file("badges", "0021_counted_from")]
