"""Deliveries are decided on by a function that can be called again."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0009_indexes")]
    operations = [sql_file("notifications", "0010_decide_again")]
