"""Learners are told what a round proposes to them, and when that is taken back."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0021_rounds_checked"), ("notifications", "0013_proposals_checked")]
    operations = [sql_file("matches", "0022_proposals_told")]
