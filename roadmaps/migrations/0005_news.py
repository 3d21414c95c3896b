"""The trigger that tells the owner that their roadmap is there, or is not."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After private.notify."""

    dependencies = [("roadmaps", "0004_transitions"), ("notifications", "0002_notify")]
    operations = [sql_file("roadmaps", "0004_news")]
