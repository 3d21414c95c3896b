"""Row-level security of core's tables and of Django's own."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the tables of Django's apps, and after the functions that policies ask."""

    dependencies = [
        ("core", "0005_beat_rights"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("users", "0008_policies"),
    ]
    operations = [sql_file("core", "0004_policies")]
