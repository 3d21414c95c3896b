"""No state machine takes a step that is not declared, or begins in the middle: every pair of states, in plain SQL."""

from typing import Any

import orjson
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from tests.rules.state_machines import MACHINES, Machine

NOT_A_MACHINE = {("core_idempotency", "status"): "the status of an answer that is kept"}


def execute(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def states_of(machine: Machine, row: Model) -> list[str]:
    return [value for value, _ in row._meta.get_field(machine.column).choices]  # type: ignore[union-attr]


def begin(machine: Machine, row: Model, state: str) -> None:
    """Insert the row anew, in this state."""
    table = row._meta.db_table
    ((columns,),) = execute(f"DELETE FROM {table} t WHERE id = %s RETURNING to_jsonb(t)::text", [row.pk])
    changed = orjson.loads(columns) | machine.values_in(state)
    execute(
        f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)", [orjson.dumps(changed).decode()]
    )


def step(machine: Machine, row: Model, state: str) -> None:
    values = machine.values_in(state)
    assignments = ", ".join(f"{name} = %s" for name in values)
    execute(f"UPDATE {row._meta.db_table} SET {assignments} WHERE id = %s", [*values.values(), row.pk])


def way_to(machine: Machine, state: str) -> list[str]:
    """The shortest way from a beginning to the state; every state has one."""
    ways = [[start] for start in sorted(machine.begins)]
    seen = set(machine.begins)
    while ways:
        way = ways.pop(0)
        if way[-1] == state:
            return way
        for follower in sorted(machine.steps.get(way[-1], frozenset()) - seen):
            seen.add(follower)
            ways.append([*way, follower])
    raise AssertionError(f"no way leads to {state}")


def outcome(action: Any, *arguments: Any) -> str:
    """The name of the constraint that refuses, '' when nothing does; whatever was done is undone."""
    try:
        with transaction.atomic():
            action(*arguments)
            transaction.set_rollback(True)
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2's own error
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_pair_of_states(machine: Machine) -> None:
    row = machine.make()
    states = states_of(machine, row)

    begun = {state: outcome(begin, machine, row, state) for state in states}

    assert begun == {state: "" if state in machine.begins else f"{machine.name}_legal_start" for state in states}
    for source in states:
        with transaction.atomic():
            first, *others = way_to(machine, source)
            begin(machine, row, first)
            for other in others:
                step(machine, row, other)
            walked = {target: outcome(step, machine, row, target) for target in states}
            transaction.set_rollback(True)
        allowed = machine.steps.get(source, frozenset()) | {source}
        assert walked == {
            target: "" if target in allowed else f"{machine.name}_legal_transition" for target in states
        }, source


@pytest.mark.django_db
def test_every_column_of_states_is_a_machine() -> None:
    found = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model._meta.managed
        for field in model._meta.local_concrete_fields
        if field.name in {"status", "state"}
    }

    assert found - {(machine.make()._meta.db_table, machine.column) for machine in MACHINES} == set(NOT_A_MACHINE)


@pytest.mark.django_db
def test_refusal_says_what_was_tried() -> None:
    machine = MACHINES[0]
    row = machine.make()
    with pytest.raises(IntegrityError, match="a row of roadmaps_roadmap cannot go from ready to failed"):
        step(machine, row, "failed")
