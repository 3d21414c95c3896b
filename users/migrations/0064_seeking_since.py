"""Since when people seek mentoring: not since they have an account. Those who seek already by the next."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0063_leave_ends_before")]
    operations = [
        migrations.AddField(
            model_name="profile",
            name="seeking_since",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="when they began to seek mentoring; kept by the database",
                null=True,
            ),
        ),
        sql_file("users", "0064_seeking_since"),
    ]
