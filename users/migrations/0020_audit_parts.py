"""Audit entries whose personal parts can be erased."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0019_leaving")]
    operations = [
        ValidateConstraint("auditentry", "audit_action_known"),
        sql_file("users", "0020_audit_parts"),
    ]
