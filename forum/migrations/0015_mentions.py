"""Who is silenced mentions nobody, and nobody mentions a crowd."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("forum", "0014_sanctions_of_moderators")]
    operations = [sql_file("forum", "0015_mentions")]
