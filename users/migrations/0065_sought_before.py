"""Who seeks already has sought since the profile came: nobody remembers better. In batches, harmless to repeat."""

from typing import Any
from uuid import UUID

from django.db import migrations, transaction

BATCH = 1000


def date_seekers(apps: Any, schema_editor: Any) -> None:
    """Those of whom it is not known; what is written meanwhile is the trigger's."""
    connection = schema_editor.connection
    last: UUID | None = UUID(int=0)
    while last is not None:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE sb_definer")
            cursor.execute(
                "SELECT id FROM users_profile WHERE id > %s AND is_seeking_mentoring AND seeking_since IS NULL"
                " ORDER BY id LIMIT %s FOR NO KEY UPDATE",
                [last, BATCH],
            )
            profiles = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "UPDATE users_profile SET seeking_since = created_at WHERE id = ANY (%s::uuid[])", [profiles]
            )
        last = profiles[-1] if profiles else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0064_seeking_since")]
    operations = [migrations.RunPython(date_seekers, migrations.RunPython.noop)]
