"""The admin's log forgets what it called the rows of somebody who left."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0049_mentors_alone_offer")]
    operations = [sql_file("users", "0050_nameless_log")]
