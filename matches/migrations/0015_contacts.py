"""The two of an active match see how the other may be reached."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0030_people"), ("matches", "0014_leaving")]
    operations = [sql_file("matches", "0015_contacts")]
