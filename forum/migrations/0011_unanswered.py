"""Threads nobody answered are read from an index of their own: others lie between them in that of all threads."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("forum", "0010_indexes")]
    operations = [
        AddIndexConcurrently(
            "forumpost",
            models.Index(
                fields=["-active_at", "-id"],
                condition=models.Q(thread=None, reply_count=0, removed_at=None),
                name="thread_unanswered",
            ),
        ),
    ]
