"""Accounts of the admin are not erased for an address that was never confirmed."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0044_looking")]
    operations = [sql_file("users", "0045_operators_stay")]
