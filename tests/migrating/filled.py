"""A database with rows in every table, and what a migration did to them."""

import json
from collections import Counter
from typing import Any

from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from forum.tests.factories import ReplyFactory, VoteFactory
from matches.tests.factories import MatchFactory, SessionFactory
from progress.tests.factories import ProgressLogFactory
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import DeadLetterFate, IdempotencyRecord, InboxReceipt, Tick
from tests.architecture.test_factories import FACTORIES
from tests.migrating.databases import rows
from users.tests.factories import UserFactory

# Django keeps its own account of these.
BOOKKEEPING = {"django_migrations", "django_content_type", "auth_permission"}
Data = dict[str, list[dict[str, Any]]]


def fill() -> None:
    """Rows in every table, by every factory and by the triggers that their rows set off."""
    for factory in FACTORIES:
        factory.create()
        try:
            with transaction.atomic():
                factory.create()
        except IntegrityError:  # some are the only one of their kind
            continue
    for state in ("proposed", "active", "completed", "declined"):
        MatchFactory.in_state(state)
    VoteFactory.create(post=ReplyFactory.create())
    ReplyFactory.create(removed_at=timezone.now())
    meeting = SessionFactory.create()
    meeting.status = "confirmed"
    meeting.save()
    for _ in range(20):
        ProgressLogFactory.create()
    _fill_tables_without_a_factory()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _fill_tables_without_a_factory() -> None:
    person = UserFactory.create()
    IdempotencyRecord.objects.create(user_id=person.pk, key="key", request_hash="0" * 64, status=201, body={"id": 1})
    InboxReceipt.objects.create(message_id=new_id())
    now = timezone.now()
    Tick.objects.create(job="job", slot=now)
    DeadLetterFate.objects.create(
        message_id=new_id(), action=DeadLetterFate.Action.DROPPED, decided_by="me", topic="x", attempts=5, died_at=now
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.audit_seal(10)")
    group = Group.objects.create(name="helpers")
    permission = a_permission()
    group.permissions.add(permission)
    person.groups.add(group)
    person.user_permissions.add(permission)
    Session.objects.create(session_key="key", session_data="data", expire_date=timezone.now())
    LogEntry.objects.create(user_id=person.pk, action_flag=ADDITION, object_repr="something", change_message="")


def a_permission() -> Permission:
    """The first there is; migrations alone make none."""
    kind = ContentType.objects.get_for_model(apps.get_model("users", "User"))
    return Permission.objects.first() or Permission.objects.create(codename="probe", name="probe", content_type=kind)


def data() -> Data:
    """Every row of every table of ours and of Django's, each table's in an order of its own."""
    found: Data = {}
    for (table,) in rows(TABLES):
        content = [row[0] for row in rows(f'SELECT to_jsonb(t) FROM "{table}" AS t')]
        found[table] = sorted((json.loads(row) if isinstance(row, str) else row for row in content), key=json.dumps)
    return found


def columns() -> dict[str, set[str]]:
    """The columns of each of those tables."""
    found: dict[str, set[str]] = {table: set() for (table,) in rows(TABLES)}
    for table, column in rows(COLUMNS):
        if table in found:
            found[table].add(column)
    return found


def only(content: Data, kept: dict[str, set[str]]) -> dict[str, Counter[str]]:
    """The rows as far as they are in these tables and columns, fit for comparing."""
    return {
        table: Counter(
            json.dumps({name: value for name, value in row.items() if name in names}, sort_keys=True)
            for row in content.get(table, [])
        )
        for table, names in kept.items()
    }


TABLES = f"""
SELECT relname::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND relname <> ALL (ARRAY{sorted(BOOKKEEPING)})
ORDER BY 1
"""
COLUMNS = """
SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
