"""Row-level security of the audit trail."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0008_policies")]
    operations = [sql_file("users", "0006_audit_policies")]
