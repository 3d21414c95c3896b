"""Those who had points before there were ranks: in batches, each a transaction of its own, harmless to repeat."""

from typing import Any
from uuid import UUID

from django.db import migrations, transaction

BATCH = 5000


def rank(apps: Any, schema_editor: Any) -> None:
    """The row's lock is taken first, in the order of every writer: what was booked or closed meanwhile is read."""
    connection, last = schema_editor.connection, UUID(int=0)
    while last is not None:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE sb_definer")
            cursor.execute(
                "SELECT user_id FROM badges_metrictotal WHERE user_id > %s AND metric = 'points'"
                " ORDER BY user_id LIMIT %s FOR UPDATE",
                [last, BATCH],
            )
            people = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "UPDATE badges_metrictotal AS total SET is_ranked = person.is_active FROM users_user AS person"
                " WHERE person.id = total.user_id AND total.user_id = ANY (%s) AND total.metric = 'points'"
                " AND total.is_ranked <> person.is_active",
                [people],
            )
        last = people[-1] if people else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("badges", "0014_ranked")]
    operations = [migrations.RunPython(rank, migrations.RunPython.noop)]
