"""News of awards as a function of the awards."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("badges", "0012_ranks"), ("notifications", "0010_decide_again")]
    operations = [sql_file("badges", "0013_news")]
