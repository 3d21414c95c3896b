"""Departures, erasure and exports: policies, triggers and functions."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0020_audit_parts"), ("core", "0008_storage")]
    operations = [sql_file("users", "0021_leaving")]
