"""The audit trail records what an award rests on, and awards."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0004_policies"), ("users", "0006_audit_trail")]
    operations = [sql_file("badges", "0005_audit")]
