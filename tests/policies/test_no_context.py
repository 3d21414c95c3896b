"""Without a context (no role taken on, nobody named in the claims) there is nothing to read, in any process."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from tests.policies.access import EVERYBODY, INSUFFICIENT_PRIVILEGE, LOGGED_IN, statement_of
from tests.policies.test_catalogue import our_tables
from tests.policies.world import World, tables

OWN_WORK = {
    "sb_web": {"django_migrations"},
    "sb_worker": {"core_outbox", "core_inbox", "django_migrations"},
}
"""What a process reads as itself: not people's rows but its own bookkeeping."""


def readable(role: str, statements: dict[str, tuple[str, list[Any]]]) -> set[str]:
    """The tables of which this role, with no claims set, reads at least one row."""
    found = set()
    for table, (statement, parameters) in statements.items():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('role', %s, true), set_config('request.jwt.claims', '', true)", [role]
                )
                cursor.execute(f"SELECT count(*) FROM ({statement}) AS seen", parameters)
                if cursor.fetchone()[0]:
                    found.add(table)
                transaction.set_rollback(True)
        except ProgrammingError as error:
            if getattr(error.__cause__, "pgcode", "") != INSUFFICIENT_PRIVILEGE:
                raise
    return found


def whole_tables() -> dict[str, tuple[str, list[Any]]]:
    """Every table, whatever is in it."""
    return {table: (f"SELECT FROM {table}", []) for table in our_tables()}


def learners_rows(world: World) -> dict[str, tuple[str, list[Any]]]:
    """Of each case of the matrix the row that is the learner's."""
    return {case: statement_of(world, case.partition(":")[0], access, "select") for case, access in tables().items()}


@pytest.mark.parametrize("login", OWN_WORK)
def test_login_that_took_on_no_role_reads_nothing(world: World, login: str) -> None:
    """So does a worker whose task forgot to say whose work it does."""
    assert readable(login, whole_tables()) == OWN_WORK[login]


@pytest.mark.parametrize("role", ["authenticated", "anon"])
def test_role_that_names_nobody_reads_only_what_everybody_may(world: World, role: str) -> None:
    rows = learners_rows(world)
    open_to_all = EVERYBODY if role == "anon" else LOGGED_IN

    assert readable(role, rows) == {case for case in rows if tables()[case].select >= open_to_all}


def test_control_the_superuser_reads_every_row(world: World) -> None:
    rows = learners_rows(world)
    assert readable("none", rows) == set(rows)
