"""The limits of what people enter themselves hold in the database."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("progress", "0010_leaving")]
    operations = [sql_file("progress", "0011_limits")]
