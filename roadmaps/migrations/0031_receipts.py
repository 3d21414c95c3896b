"""A plan's receipt is the worker's to write."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0030_audit")]
    operations = [sql_file("roadmaps", "0031_receipts")]
