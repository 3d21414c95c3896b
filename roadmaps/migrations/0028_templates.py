"""The platform's own roadmaps, one for each track."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0027_sharing")]
    operations = [
        migrations.AddField(
            model_name="roadmaplisting",
            name="is_template",
            field=models.BooleanField(db_default=False, default=False, help_text="the platform's own"),
        ),
        sql_file("roadmaps", "0028_templates"),
    ]
