"""Row-level security of this app's tables."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the function that says who moderates."""

    dependencies = [("forum", "0007_removed_text"), ("users", "0007_moderating")]
    operations = [sql_file("forum", "0008_policies")]
