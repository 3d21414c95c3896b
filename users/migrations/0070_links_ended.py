"""When the links for a new password that are out end: not with any new password, for an intruder can choose those."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0069_found_by_no_more")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="links_ended_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="links for a new password that were mailed before are over",
                null=True,
            ),
        ),
        sql_file("users", "0070_links_ended"),
    ]
