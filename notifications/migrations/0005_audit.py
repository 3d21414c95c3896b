"""The audit trail records messages to many."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_policies"), ("users", "0006_audit_trail")]
    operations = [sql_file("notifications", "0005_audit")]
