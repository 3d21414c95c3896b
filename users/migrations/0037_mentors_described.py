"""What the matcher is told of a mentor, ready in the listing; and which entries of skills are of listed mentors."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0036_named_accounts")]
    operations = [
        migrations.AddField(
            model_name="mentorlisting",
            name="described",
            field=models.TextField(
                db_default="{}", default="{}", help_text="JSON, as matcher-rs takes a mentor, without figures"
            ),
        ),
        migrations.AddField(
            model_name="profileskill",
            name="is_listed",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, help_text="of a listed mentor; kept by the database"
            ),
        ),
        sql_file("users", "0037_mentors_described"),
    ]
