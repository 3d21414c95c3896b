"""How reliably mentors come to their sessions; counted by the app above."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0039_mentors_described_before")]
    operations = [
        migrations.AddField(
            model_name="mentorlisting",
            name="attendance_permille",
            field=models.PositiveSmallIntegerField(
                null=True, help_text="of their sessions that they came to, newer ones counting more; from three on"
            ),
        ),
        sql_file("users", "0040_attendance"),
    ]
