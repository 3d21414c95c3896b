"""`private.notify`, the table of channel defaults, and the trigger that decides about deliveries."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """Other apps' triggers depend on this one by name."""

    dependencies = [
        ("notifications", "0001_notifications_and_deliveries"),
        ("core", "0003_outbox_rights"),
    ]
    operations = [sql_file("notifications", "0002_notify")]
