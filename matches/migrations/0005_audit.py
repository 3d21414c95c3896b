"""The audit trail records who is matched with whom, without what they wrote."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0004_seats"), ("users", "0006_audit_trail")]
    operations = [sql_file("matches", "0005_audit")]
