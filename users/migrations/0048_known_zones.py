"""Profiles with a zone that the database does not know are in UTC."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0047_superusers_are_admins_before")]
    operations = [sql_file("users", "0048_known_zones")]
