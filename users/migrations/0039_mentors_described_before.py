"""Every listing with what the matcher is told: in batches, each a transaction of its own, harmless to repeat."""

from typing import Any
from uuid import UUID

from django.db import migrations, transaction

BATCH = 1000


def describe_mentors(apps: Any, schema_editor: Any) -> None:
    """By the function that the triggers call; what is written meanwhile is theirs."""
    connection = schema_editor.connection
    last: UUID | None = UUID(int=0)
    while last is not None:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE sb_definer")
            cursor.execute(
                "SELECT id FROM users_profile WHERE id > %s AND is_offering_mentoring ORDER BY id LIMIT %s",
                [last, BATCH],
            )
            profiles = [row[0] for row in cursor.fetchall()]
            cursor.execute("SELECT private.users_refresh_listings(%s::uuid[])", [profiles])
        last = profiles[-1] if profiles else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0038_listed_skills")]
    operations = [migrations.RunPython(describe_mentors, migrations.RunPython.noop)]
