"""A conversation knows of no message that is gone."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0031_mentors_asked")]
    operations = [sql_file("matches", "0032_messages_gone")]
