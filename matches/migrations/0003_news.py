"""Who is told of a match's steps and of messages, and what is booked for a mentorship."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the functions that tell and book."""

    dependencies = [("matches", "0002_rules"), ("notifications", "0002_notify"), ("badges", "0002_ledger")]
    operations = [sql_file("matches", "0003_news")]
