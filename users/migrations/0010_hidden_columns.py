"""What no request reads of an account, and the way to one's own address."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0009_audit_policies")]
    operations = [
        migrations.AlterModelOptions(name="user", options={"base_manager_name": "objects"}),
        sql_file("users", "0007_hidden_columns"),
    ]
