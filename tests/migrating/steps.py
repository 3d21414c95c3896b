"""Migrations one at a time, back and forth, on a filled database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from tests.migrating import filled

LOSES_ON_THE_WAY_BACK = (migrations.CreateModel, migrations.AddField)


def lossless() -> list[migrations.Migration]:
    """The migrations, last first, that go back without dropping a table or a column, and so do all built on them."""
    graph = MigrationExecutor(connection).loader.graph
    keeps = {
        node for node, migration in graph.nodes.items() if migration and not any(map(_loses, migration.operations))
    }
    order = MigrationExecutor(connection).migration_plan(graph.leaf_nodes(), clean_start=True)
    return [
        migration
        for migration, _ in reversed(order)
        if set(graph.backwards_plan((migration.app_label, migration.name))) <= keeps
    ]


def _loses(operation: Operation) -> bool:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return any(map(_loses, operation.database_operations))
    return isinstance(operation, LOSES_ON_THE_WAY_BACK)


def go_back_and_forth(chosen: list[migrations.Migration], after_each: Callable[[str], None]) -> None:
    """Unapplies `chosen` in their order and applies them again; `after_each` is told which and which way."""

    def told(action: str, migration: Any = None, fake: Any = None, /) -> None:
        if migration and action in {"unapply_success", "apply_success"}:
            after_each(f"{migration} {'back' if action == 'unapply_success' else 'forth'}")

    executor = MigrationExecutor(connection, told)
    executor.migrate([], plan=[(migration, True) for migration in chosen])
    executor = MigrationExecutor(connection, told)
    executor.migrate([], plan=[(migration, False) for migration in reversed(chosen)])


def back_to(app: str, name: str) -> None:
    """Unapplies what came after this migration, and all that builds on it."""
    MigrationExecutor(connection).migrate([(app, name)])


def all_back() -> None:
    """Unapplies every migration."""
    executor = MigrationExecutor(connection)
    executor.migrate([(label, None) for label in sorted(executor.loader.migrated_apps)])


def all_forth() -> None:
    """Applies every migration that is not applied."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


class Witness:
    """Compares the data after each step with what it was at the start, in the tables and columns that are there."""

    def __init__(self) -> None:
        self.before = filled.data()
        self.always = filled.columns()
        """What was there at every step so far."""
        self.steps: list[str] = []

    def __call__(self, step: str) -> None:
        self.steps.append(step)
        with as_login():
            there = filled.columns()
            self.always = {table: names & there[table] for table, names in self.always.items() if table in there}
            assert self.changes() == {}, step

    def changes(self) -> dict[str, tuple[list[str], list[str]]]:
        """By table, the rows that are gone and the rows that are new."""
        before, now = filled.only(self.before, self.always), filled.only(filled.data(), self.always)
        return {
            table: (list(before[table] - now[table]), list(now[table] - before[table]))
            for table in before
            if before[table] != now[table]
        }


@contextmanager
def as_login() -> Iterator[None]:
    """Inside, the connection has the rights of its login: to the owner of the tables FORCE shows no row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("SET ROLE NONE")
        try:
            yield
        finally:
            cursor.execute(f"SET ROLE {role}")
