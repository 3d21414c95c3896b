"""Who is ranked: a column beside the points, and what keeps it."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0013_news"), ("users", "0017_own_sessions")]
    operations = [
        migrations.AddField(
            "metrictotal",
            "is_ranked",
            models.BooleanField(
                db_default=False, default=False, editable=False, help_text="of `points`: the account is open"
            ),
        ),
        sql_file("badges", "0014_ranked"),
    ]
