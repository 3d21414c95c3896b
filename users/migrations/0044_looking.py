"""Sessions by which admins look through others' eyes say nothing of where the admins were."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0043_disowned_factors")]
    operations = [sql_file("users", "0044_looking")]
