"""In which turn mentors came to the list, and what else searches look for in one index. Who is listed gets it by the next."""

import django.contrib.postgres.fields
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0065_sought_before")]
    operations = [
        migrations.AddField(
            model_name="mentorlisting",
            name="number",
            field=models.BigIntegerField(
                editable=False, help_text="in which turn mentors came to the list; kept by the database", null=True
            ),
        ),
        migrations.AddField(
            model_name="mentorlisting",
            name="traits",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=24),
                db_default=[],
                default=list,
                editable=False,
                help_text="stretches of the list that it is in, country, `open`, `answers`, `rated:3`; kept by the database",
                size=None,
            ),
        ),
        sql_file("users", "0066_listed_in_turn"),
    ]
