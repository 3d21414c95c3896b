"""News of posts, mentions and sanctions as functions of them."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("forum", "0011_unanswered"), ("notifications", "0010_decide_again")]
    operations = [sql_file("forum", "0012_news")]
