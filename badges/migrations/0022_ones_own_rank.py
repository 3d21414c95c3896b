"""A leaderboard tells whoever asks a hundred places and their own."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0021_counted_from")]
    operations = [sql_file("badges", "0022_ones_own_rank")]
