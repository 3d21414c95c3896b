"""The policies of matches and conversations, cheaper to ask."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("matches", "0010_candidates"),
        ("users", "0015_quick_policies"),
    ]
    operations = [sql_file("matches", "0011_quick_policies")]
