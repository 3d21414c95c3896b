"""A person's own rank is counted in indexes alone."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("badges", "0011_ranking_indexes"),
        ("users", "0014_closed_accounts"),
    ]
    operations = [sql_file("badges", "0012_ranks")]
