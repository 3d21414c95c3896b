"""Row-level security of this app's tables."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_grants"), ("users", "0007_moderating")]
    operations = [sql_file("notifications", "0004_policies")]
