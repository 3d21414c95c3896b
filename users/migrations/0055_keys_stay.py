"""The key of an audited row never changes."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0054_mentors_offer")]
    operations = [sql_file("users", "0055_keys_stay")]
