"""What requests may do with the tables of this app."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After every table and view."""

    dependencies = [("notifications", "0002_notify")]
    operations = [sql_file("notifications", "0003_grants")]
