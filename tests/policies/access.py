"""The vocabulary of the matrix: who asks, what they may, and how one statement of theirs ends.

How to add a table in five minutes: see `tables/__init__.py`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DatabaseError, connection, models, transaction

from skillbridge_backend.core.access import DatabaseRole, enter_role

if TYPE_CHECKING:
    from tests.policies.world import World

ANONYMOUS = "anonymous"
LEARNER, OTHER_LEARNER = "learner", "other_learner"
MENTOR, OTHER_MENTOR = "mentor", "other_mentor"
MODERATOR, ADMIN = "moderator", "admin"
IDENTITIES = (ANONYMOUS, LEARNER, OTHER_LEARNER, MENTOR, OTHER_MENTOR, MODERATOR, ADMIN)

NOBODY: frozenset[str] = frozenset()
OWNER = frozenset({LEARNER})
PARTNERS = frozenset({LEARNER, MENTOR})
MODERATING = frozenset({MODERATOR, ADMIN})
LOGGED_IN = frozenset(IDENTITIES) - {ANONYMOUS}
EVERYBODY = frozenset(IDENTITIES)

INSUFFICIENT_PRIVILEGE = "42501"
"""What a missing grant and a violated WITH CHECK both raise."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who may do what with the learner's row of one table; everybody else must be refused.

    `row` finds the row (default: the one that `World.remember` was given for the table), `new_row` gives the columns of
    a fresh row that is the learner's, `change` the column that UPDATE sets and its value. Each statement is run as the
    superuser too: there it must hit exactly one row, so that a refusal is the policies' doing and not a typing error.
    """

    select: frozenset[str]
    insert: frozenset[str] = NOBODY
    update: frozenset[str] = NOBODY
    delete: frozenset[str] = NOBODY
    new_row: "Callable[[World], dict[str, Any]]"
    change: tuple[str, Any]
    row: "Callable[[World], models.Model] | None" = None
    refusals: frozenset[str] = NOBODY
    """SQLSTATEs beside 42501 with which a trigger refuses what a policy would refuse after it."""
    append_only: bool = False
    """A trigger refuses UPDATE and DELETE to everybody, the superuser included."""


def columns_of(row: models.Model, *names: str) -> dict[str, Any]:
    """Columns and values of an unsaved row (such as `Factory.build(…)`) as INSERT takes them; only `names` when given.

    Name the columns where the role has no right to insert all of them.
    """
    fields = [field for field in row._meta.concrete_fields if not field.generated]
    if names:
        fields = [field for field in fields if field.column in names]
        assert len(fields) == len(names), names
    return {str(field.column): field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields}


@contextmanager
def acting(world: "World", identity: str) -> Iterator[None]:
    """As this person for some statements, all undone at the end. "superuser" is the control: no role, no policies."""
    with transaction.atomic():
        if identity == ANONYMOUS:
            enter_role(DatabaseRole.ANONYMOUS)
        elif identity != "superuser":
            person = world.people[identity]
            enter_role(DatabaseRole.AUTHENTICATED, user_id=person.pk, user_role=person.role)
        yield
        transaction.set_rollback(True)


def rows_hit(world: "World", identity: str, statement: str, parameters: list[Any]) -> int | str:
    """How many rows the statement gave or changed for this identity, or the SQLSTATE with which it was refused."""
    with refusal_as_outcome() as outcome, acting(world, identity):
        outcome.append(_run(statement, parameters))
    return outcome[0]


def as_role(role: str, statement: str, parameters: list[Any], *, named: UUID | None = None) -> int | str:
    """The same for a role such as account_service, in the name of nobody or somebody; undone like everything here."""
    claims = json.dumps({"role": role, "sub": str(named)}) if named else ""
    with refusal_as_outcome() as outcome, transaction.atomic():
        _run("SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", [role, claims])
        outcome.append(_run(statement, parameters))
        transaction.set_rollback(True)
    return outcome[0]


@contextmanager
def refusal_as_outcome() -> Iterator[list[int | str]]:
    """A list whose first element is the outcome of the block; when the database refused, its SQLSTATE."""
    outcome: list[int | str] = []
    try:
        yield outcome
    except DatabaseError as error:
        state = getattr(error.__cause__, "pgcode", None)
        if state is None:
            raise
        outcome[:] = [str(state)]


def _run(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def statement_of(world: "World", table: str, access: Access, command: str) -> tuple[str, list[Any]]:
    """The SQL of one command on the learner's row, and its parameters."""
    if command == "insert":
        columns = access.new_row(world)
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join(["%s"] * len(columns))
        return f"INSERT INTO {table} ({names}) VALUES ({places})", list(columns.values())
    row = access.row(world) if access.row else world.rows[table]
    key = row._meta.pk.column
    if command == "select":
        return f"SELECT {key} FROM {table} WHERE {key} = %s", [row.pk]
    if command == "delete":
        return f"DELETE FROM {table} WHERE {key} = %s", [row.pk]
    column, value = access.change
    return f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [value, row.pk]
