"""A profile is shown as a mentor's as long as its owner is one."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0048_known_zones")]
    operations = [sql_file("users", "0049_mentors_alone_offer")]
