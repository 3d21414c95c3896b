"""The points of a person's week and month, beside their total."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0005_audit")]
    operations = [
        migrations.AddField(
            "metrictotal",
            "week_starts_on",
            models.DateField(editable=False, help_text="of `points`: the week of the last booking", null=True),
        ),
        migrations.AddField(
            "metrictotal", "week_points", models.BigIntegerField(db_default=0, default=0, editable=False)
        ),
        migrations.AddField("metrictotal", "month_starts_on", models.DateField(editable=False, null=True)),
        migrations.AddField(
            "metrictotal", "month_points", models.BigIntegerField(db_default=0, default=0, editable=False)
        ),
        sql_file("badges", "0006_periods"),
    ]
