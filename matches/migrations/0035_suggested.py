"""What suggestions ask of the database, in fewer statements; those who speak a rare language are found by it."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0034_blocks"), ("users", "0069_found_by_no_more")]
    operations = [sql_file("matches", "0035_suggested")]
