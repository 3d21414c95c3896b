"""Rights of a request, and the rules of mentoring that every writer obeys."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("matches", "0001_matches_and_rounds"), ("core", "0003_outbox_rights")]
    operations = [sql_file("matches", "0001_grants"), sql_file("matches", "0002_rules")]
