"""Rights of the web's roles on the tables of this app."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0001_people_and_skills"), ("core", "0001_access")]
    operations = [sql_file("users", "0001_grants")]
