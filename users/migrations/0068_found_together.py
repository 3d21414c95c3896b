"""Words, skills, languages and traits of listed mentors in one index."""

import django.contrib.postgres.indexes
from django.db import migrations

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0067_listed_before")]
    operations = [
        AddIndexConcurrently(
            model_name="mentorlisting",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["search", "skills", "languages", "traits"], name="listing_found_together"
            ),
        ),
    ]
