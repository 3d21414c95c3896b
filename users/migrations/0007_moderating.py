"""What policies ask about the person: whether they moderate, whether they are an admin."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0006_audit_trail")]
    operations = [sql_file("users", "0004_moderating")]
