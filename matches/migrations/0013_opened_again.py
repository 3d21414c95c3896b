"""A round that failed may be opened again."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0012_news")]
    operations = [sql_file("matches", "0013_opened_again")]
