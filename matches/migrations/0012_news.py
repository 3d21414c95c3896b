"""News of matches and messages as functions of them."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0011_quick_policies"), ("notifications", "0010_decide_again")]
    operations = [sql_file("matches", "0012_news")]
