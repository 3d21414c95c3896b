"""Every listing with its number, in the order of the profiles, and with its words in the row where they fit there.

In batches, harmless to repeat.
"""

from typing import Any
from uuid import UUID

from django.db import migrations, transaction

BATCH = 1000


def number_listings(apps: Any, schema_editor: Any) -> None:
    """Those that have none; whoever comes meanwhile is numbered by the trigger."""
    connection = schema_editor.connection
    last: UUID | None = UUID(int=0)
    while last is not None:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE sb_definer")
            cursor.execute(
                "SELECT profile_id FROM users_mentorlisting WHERE profile_id > %s AND number IS NULL"
                " ORDER BY profile_id LIMIT %s FOR NO KEY UPDATE",
                [last, BATCH],
            )
            listings = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "WITH numbered AS MATERIALIZED ("
                "SELECT profile_id, nextval('users_mentorlisting_number') AS number"
                " FROM unnest(%s::uuid[]) AS profile_id)"
                " UPDATE users_mentorlisting AS listing SET number = numbered.number, search = search || ''"
                " FROM numbered"
                " WHERE numbered.profile_id = listing.profile_id",
                [listings],
            )
        last = listings[-1] if listings else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0066_listed_in_turn")]
    operations = [migrations.RunPython(number_listings, migrations.RunPython.noop)]
