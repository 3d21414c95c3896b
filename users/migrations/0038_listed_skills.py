"""The skills of listed mentors in one index, by level."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0037_mentors_described")]
    operations = [
        AddIndexConcurrently(
            model_name="profileskill",
            index=models.Index(
                condition=models.Q(("is_listed", True)),
                fields=["skill", "level", "profile"],
                name="profile_skill_listed",
            ),
        ),
    ]
