"""How long requests wait for an answer, by skill and zone."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0017_mentors_told")]
    operations = [sql_file("matches", "0018_waiting_times")]
