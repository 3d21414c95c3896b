"""News of recorded work as a function of the deliveries."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("progress", "0008_indexes"), ("notifications", "0010_decide_again")]
    operations = [sql_file("progress", "0009_news")]
