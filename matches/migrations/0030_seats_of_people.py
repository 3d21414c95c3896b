"""The seats of a session are its people's, whoever they were when it was confirmed."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0029_leave")]
    operations = [sql_file("matches", "0030_seats_of_people")]
