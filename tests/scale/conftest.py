"""A small world of `manage.py seed_scale`, made once for a module of tests and emptied after it."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from skillbridge_backend.scale.seeding import TABLES, Seeding

UNTIL = datetime.combine(datetime.now(UTC).date(), time(), UTC)
"""This midnight: news are demanded of the last days only."""
PEOPLE = 300
CATALOGUE = ("users_skill", "users_track", "badges_badge", "badges_pointsrule", "forum_category")
TRAIL = ("users_auditentry", "users_auditpending", "users_auditseal")


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join((*TABLES, *CATALOGUE, *TRAIL))} CASCADE")


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Seeding]:
    """What the seeding says of its run. Committed: tests of this module that write roll back."""
    seeding = Seeding()
    with django_db_blocker.unblock():
        # What autovacuum has found of tables that were empty just then would make plans that take minutes.
        empty()
        call_command("load_catalogue", stdout=io.StringIO())
        try:
            seeding.run(users=PEOPLE, seed=7, until=UNTIL)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # the catalogue too
            yield seeding
        finally:
            empty()
