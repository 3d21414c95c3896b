"""Candidates from the listings; `private.matches_candidates` is of the release before and goes with the next."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0039_mentors_described_before"),
        ("matches", "0016_mentor_figures"),
    ]
    operations = [sql_file("matches", "0017_mentors_told")]
