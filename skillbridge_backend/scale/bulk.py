"""Loading millions of rows: COPY without triggers, foreign keys and secondary indexes, which come back at the end.

They come back as they were, in the same transaction, and PostgreSQL checks every foreign key as it does. Needs to own
the tables. Triggers do not run: whoever loads writes what they would have written.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction

_LINES_AT_ONCE = 20_000


@dataclass
class Loader:
    """Collects lines in COPY's text format and hands them over in batches. Between `begin` and `end` of a table."""

    columns: dict[str, str]
    """Of each table, parted by blanks."""
    sorted_by: dict[str, str] = field(default_factory=dict)
    """Tables whose rows are not made in the order in which they would have come, with the column that has it."""
    rows: dict[str, int] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def open(self) -> None:
        """Make the places where unsorted rows wait, for sb_definer to fill: it may not make them itself."""
        for table in self.sorted_by:
            names = self._names(table)
            _run(f"CREATE TEMP TABLE waiting_{table} ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0")
            _run(f"GRANT SELECT, INSERT ON waiting_{table} TO sb_definer")

    def add(self, table: str, line: str) -> None:
        """One row: its values parted by tabs."""
        lines = self._lines.setdefault(table, [])
        lines.append(line)
        if len(lines) >= _LINES_AT_ONCE:
            self._flush(table)

    def close(self) -> None:
        """Hand over the rest, and sort what waits."""
        for table in self._lines:
            self._flush(table)
        for table, column in self.sorted_by.items():
            names = self._names(table)
            _run(f"INSERT INTO {table} ({names}) SELECT {names} FROM waiting_{table} ORDER BY {column}")

    def _flush(self, table: str) -> None:
        lines = self._lines[table]
        target = f"waiting_{table}" if table in self.sorted_by else table
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY {target} ({self._names(table)}) FROM STDIN",
                io.StringIO("\n".join(lines) + "\n" if lines else ""),
            )
        self.rows[table] = self.rows.get(table, 0) + len(lines)
        lines.clear()

    def _names(self, table: str) -> str:
        return ", ".join(self.columns[table].split())


@contextmanager
def unhindered() -> Iterator[None]:
    """A transaction, or part of one, as the role that may write what triggers write and is bound by no policy."""
    with transaction.atomic():
        _run("SET LOCAL ROLE sb_definer")
        yield
        _run("RESET ROLE")


@contextmanager
def unguarded(tables: Sequence[str]) -> Iterator[None]:
    """A transaction in which these tables have no triggers, foreign keys or secondary indexes."""
    with transaction.atomic():
        restore = _take_away(tables)
        yield
        for statement in restore:
            _run(statement)


def _take_away(tables: Sequence[str]) -> list[str]:
    """Take the guards away; returns the statements that bring them back, in their order."""
    names = list(tables)
    # Of all tables: a foreign key that comes back is checked with the owner's eyes, which FORCE would close.
    forced = _ask(
        "SELECT oid::regclass::text FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace"
        " ORDER BY 1"
    )
    triggers = _ask(
        "SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger"
        " WHERE tgrelid = ANY (%s::regclass[]) AND NOT tgisinternal AND tgenabled = 'O' AND tgparentid = 0",
        names,
    )
    constraints = _ask(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('f', 'u', 'x') AND conparentid = 0"
        # Unique ones come back before the foreign keys that may stand on them.
        " ORDER BY contype = 'f', conrelid::regclass::text, conname",
        names,
    )
    indexes = _ask(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY (%s::regclass[]) AND NOT indisprimary"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = indexrelid AND c.contype IN ('p', 'u', 'x'))"
        " ORDER BY 1",
        names,
    )
    for (table,) in forced:
        _run(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for table, trigger in triggers:
        _run(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    for table, name, _ in reversed(constraints):
        _run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for index, _ in indexes:
        _run(f"DROP INDEX {index}")
    return [
        *(definition for _, definition in indexes),
        *(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in constraints),
        *(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}" for table, trigger in triggers),
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for (table,) in forced),
    ]


def _ask(statement: str, *tables: list[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(tables))
        rows: list[tuple[str, ...]] = cursor.fetchall()
    return rows


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
