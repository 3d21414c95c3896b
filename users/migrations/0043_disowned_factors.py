"""Whoever disowns the factors of their account ends the access tokens, and the link, by its version."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0042_seals_checked_before")]
    operations = [sql_file("users", "0043_disowned_factors")]
