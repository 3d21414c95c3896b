"""Every constraint of the live catalogue refuses, by its own name, a row that breaks it and nothing else: plain SQL."""

import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from badges.criteria import validate_criteria
from tests.rules.nonsense import CHECKS, IN_THE_INDEX, SENSIBLE

pytestmark = pytest.mark.django_db

OURS = re.compile(r"(core|users|roadmaps|progress|badges|matches|notifications|forum)_")
DJANGOS = {"users_user_groups", "users_user_user_permissions"}
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname::text, contype::text, pg_get_constraintdef(oid), conkey[1]
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'p', 'f', 'x')
    UNION ALL
    SELECT indrelid::regclass::text, indexrelid::regclass::text, 'i', '', NULL
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indisunique AND relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY 1, 2
"""
UNIQUE = "uix"
NOT_NEGATIVE = re.compile(r"CHECK \(\(\"?(\w+)\"? >= 0\)\)")


def execute(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def constraints() -> dict[str, dict[str, tuple[str, str]]]:
    """By table and name: the kind and the definition."""
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for table, name, kind, definition, _ in execute(CONSTRAINTS):
        if OURS.match(table) and table not in DJANGOS:
            found[table][name] = (kind, definition)
    return found


def refusal(action: Callable[[], Any]) -> str:
    """The name of the constraint that refuses; whatever was done is undone."""
    try:
        with transaction.atomic():
            action()
            transaction.set_rollback(True)
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2's own error
    return ""


def update(table: str, row: dict[str, Any], changes: dict[str, Any]) -> None:
    values = {name: value(row) if callable(value) else value for name, value in changes.items()}
    assignments = ", ".join(f"{name} = %s" for name in values)
    key = next(model._meta.pk.attname for model in apps.get_models() if model._meta.db_table == table)
    execute(f"UPDATE {table} SET {assignments} WHERE {key} = %s", [*values.values(), row[key]])


def insert_again(table: str, row: dict[str, Any], changes: dict[str, Any]) -> None:
    columns = [
        name
        for (name,) in execute(
            "SELECT attname::text FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
    ]
    names = ", ".join(columns)
    execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, %s)",
        [orjson.dumps(row | changes).decode()],
    )


def break_alone(table: str, name: str, kind: str, definition: str, row: dict[str, Any]) -> None:
    """Write what breaks this constraint, with neither another one nor a trigger to refuse it first."""
    for other, (its_kind, _) in constraints()[table].items():
        if other == name:
            continue
        if its_kind == "c" or (kind in UNIQUE and its_kind in "ux"):
            execute(f"ALTER TABLE {table} DROP CONSTRAINT {other}")
        elif kind in UNIQUE and its_kind == "i":
            execute(f"DROP INDEX {other}")
    if kind == "c":
        positive = NOT_NEGATIVE.fullmatch(definition)
        assert positive or name in CHECKS, f"say in nonsense.py what {name} refuses"
        update(table, row, {positive[1]: -1} if positive else CHECKS[name])
    elif kind == "f":
        column = re.search(r"FOREIGN KEY \((\w+)\)", definition)
        assert column
        update(table, row, {column[1]: str(uuid4())})
    elif kind == "p":
        insert_again(table, row, {})
    else:
        if name in IN_THE_INDEX:
            update(table, row, IN_THE_INDEX[name])
        insert_again(table, row | IN_THE_INDEX.get(name, {}), {"id": str(uuid4())})


@pytest.mark.parametrize("table", SENSIBLE)
def test_every_constraint_of_the_table_refuses_by_its_name(table: str) -> None:
    made = SENSIBLE[table]()
    ((text,),) = execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {made._meta.pk.column} = %s", [made.pk])
    row = orjson.loads(text)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    expected = {name: name for name in constraints()[table]}

    found = {
        name: refusal(partial(break_alone, table, name, kind, definition, row))
        for name, (kind, definition) in constraints()[table].items()
    }

    assert found == expected


def test_every_table_has_a_sensible_row_and_every_check_its_nonsense() -> None:
    there = constraints()
    assert set(there) == set(SENSIBLE)
    checks = {
        name
        for table in SENSIBLE
        for name, (kind, definition) in there[table].items()
        if kind == "c" and not NOT_NEGATIVE.fullmatch(definition)
    }
    assert checks == set(CHECKS)


ONE = {"metric": "points", "at_least": 1}
CRITERIA: list[Any] = [
    [[ONE]],
    [[ONE], [{"metric": "streak_days", "at_least": 10_000_000}]],
    [],
    [[]],
    {},
    "x",
    None,
    [ONE],
    [["x"]],
    [[ONE, ONE]],
    [[ONE]] * 11,
    [[{"metric": "points"}]],
    [[{"metric": "luck", "at_least": 1}]],
    [[{"metric": 1, "at_least": 1}]],
    [[{"metric": None, "at_least": 1}]],
    [[{**ONE, "more": 1}]],
    *([[{"metric": "points", "at_least": number}]] for number in (0, -1, 1.5, 10_000_001, "1", None, True, [1])),
]


@pytest.mark.parametrize("criteria", CRITERIA, ids=str)
def test_criteria_are_valid_to_the_database_exactly_when_they_are_to_the_admin(criteria: Any) -> None:
    try:
        validate_criteria(criteria)
        is_valid = True
    except ValidationError:
        is_valid = False
    assert execute("SELECT private.badges_criteria_valid(%s)", [orjson.dumps(criteria).decode()]) == [(is_valid,)]
