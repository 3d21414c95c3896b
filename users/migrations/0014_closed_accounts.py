"""An index of the closed accounts, by which counts of people leave them out."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0013_indexes")]
    operations = [
        AddIndexConcurrently(
            "user", models.Index(fields=["id"], condition=models.Q(is_active=False), name="user_closed")
        ),
    ]
