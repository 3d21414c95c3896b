"""Only admins decide about those who moderate, and nobody about themselves: in SQL as in the API."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("forum", "0013_leaving")]
    operations = [sql_file("forum", "0014_sanctions_of_moderators")]
