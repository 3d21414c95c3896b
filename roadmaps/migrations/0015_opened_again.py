"""A job that failed may be opened again."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0014_news")]
    operations = [sql_file("roadmaps", "0015_opened_again")]
