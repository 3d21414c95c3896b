"""Triggers: no cycle among prerequisites, and an audit entry for every change of a role."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0002_rights")]
    operations = [sql_file("users", "0002_integrity")]
