"""News of ended jobs and of grants as functions of them."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0013_quick_policies"), ("notifications", "0010_decide_again")]
    operations = [sql_file("roadmaps", "0014_news")]
