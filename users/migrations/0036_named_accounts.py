"""In somebody's name the account service changes their account alone."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0035_mentors_listed")]
    operations = [sql_file("users", "0036_named_accounts")]
