"""The audit trail records connected repositories, without their secrets."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("progress", "0004_policies"), ("users", "0006_audit_trail")]
    operations = [sql_file("progress", "0005_audit")]
