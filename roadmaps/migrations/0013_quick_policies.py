"""The policies of roadmaps, cheaper to ask."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0012_prerequisite_locks")]
    operations = [sql_file("roadmaps", "0013_quick_policies")]
