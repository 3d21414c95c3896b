"""The learner who asks for suggestions is read in one statement."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0035_suggested")]
    operations = [sql_file("matches", "0036_asking")]
