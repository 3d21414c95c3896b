"""An index of the sessions that are to be counted as held."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("matches", "0026_sessions_checked")]
    operations = [
        AddIndexConcurrently(
            "session",
            models.Index(fields=["ends_at"], condition=models.Q(status="confirmed"), name="session_to_close"),
        ),
    ]
