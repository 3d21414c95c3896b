"""The audit trail records the categories."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("forum", "0003_points"), ("users", "0006_audit_trail")]
    operations = [sql_file("forum", "0004_audit")]
