"""Skills are found by words that resemble an alias: pg_trgm, and its index."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0003_integrity")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="skillalias",
            index=GinIndex(fields=["normalised"], name="skill_alias_similar", opclasses=["gin_trgm_ops"]),
        ),
    ]
