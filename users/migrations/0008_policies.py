"""Row-level security of this app's tables."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0007_moderating")]
    operations = [sql_file("users", "0005_policies")]
