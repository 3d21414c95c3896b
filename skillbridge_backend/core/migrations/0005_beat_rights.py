"""Rights on ticks and the fates of dead letters, and the function that the outbox is watched with."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("core", "0004_beat_and_dead_letters")]
    operations = [sql_file("core", "0003_beat_and_dead_letters")]
