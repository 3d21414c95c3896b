"""The shape of threads, counters, notifications about replies, solutions and mentions, and the steps of a report."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """Triggers, and what requests may do with the tables."""

    dependencies = [("forum", "0001_categories_and_posts"), ("notifications", "0002_notify")]
    operations = [sql_file("forum", "0002_threads"), sql_file("forum", "0002_grants")]
