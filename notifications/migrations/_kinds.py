"""For migrations that add a kind. The leading underscore: this is none itself."""

from django.db import migrations

FORGET = """
SET LOCAL ROLE sb_definer;
DELETE FROM notifications_delivery
WHERE notification_id IN (SELECT id FROM notifications_notification WHERE kind = '{kind}');
DELETE FROM notifications_notification WHERE kind = '{kind}';
DELETE FROM notifications_preference WHERE kind = '{kind}';
SET CONSTRAINTS ALL IMMEDIATE;
RESET ROLE;
"""


def forget_on_the_way_back(kind: str) -> migrations.RunSQL:
    """Removes what knows the kind before the former constraints, which do not, are put back.

    As the one who goes around policies; checked at once, for a table with checks to come cannot be altered.
    """
    return migrations.RunSQL(migrations.RunSQL.noop, FORGET.format(kind=kind))
