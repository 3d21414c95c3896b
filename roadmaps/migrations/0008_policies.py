"""Whose rows a request may touch; the database lets forks of a deleted roadmap go."""

import django.db.models.deletion
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After private.is_moderating."""

    dependencies = [("roadmaps", "0007_fork_rights"), ("users", "0007_moderating")]
    operations = [
        migrations.AlterField(
            model_name="roadmap",
            name="forked_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="forks",
                to="roadmaps.roadmap",
            ),
        ),
        sql_file("roadmaps", "0006_policies"),
    ]
