"""What the list of mentors says of their matches. Those of before are counted by the first `matches.refresh_figures`."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0035_mentors_listed"),
        ("matches", "0015_contacts"),
    ]
    operations = [sql_file("matches", "0016_mentor_figures")]
