"""Who is silenced mentions nobody, and nobody mentions a crowd."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("forum", "0013_leaving")]
    operations = [sql_file("forum", "0019_mentions")]
