"""Nobody is asked for mentoring who is no mentor."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0030_seats_of_people"), ("users", "0054_mentors_offer")]
    operations = [sql_file("matches", "0031_mentors_asked")]
