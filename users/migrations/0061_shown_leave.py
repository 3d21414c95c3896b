"""Who reads when somebody has time reads on which days they are away."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0060_closed_accounts")]
    operations = [sql_file("users", "0061_shown_leave")]
