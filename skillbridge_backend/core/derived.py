"""The registry of derived values: what triggers keep, each with an independent recomputation to hold it against.

An app registers what its triggers derive in `AppConfig.ready()`; `manage.py check_derived` and the tests compare. The
recomputation is written a second time on purpose, set-wise and from the source rows: a fault in a trigger's function
would not show against itself. Repairing calls the very functions that the triggers call.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from skillbridge_backend.core.access import acting_as_service

BATCH = 500
"""Keys repaired in one transaction, so that no row is locked for long."""


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """`rows` counts what is looked at; `wrong` selects the keys of what is not as recomputed, in one snapshot.

    `repair` is one statement that takes an array for each key column, in step, and is harmless for keys that are right.
    Empty: what is wrong is only reported, for somebody has to look.
    """

    name: str
    rows: str
    wrong: str
    repair: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: rows looked at, rows wrong, and rows still wrong after a repair (None without one)."""

    name: str
    rows: int
    wrong: int
    left: int | None = None


_registrations: dict[str, tuple[int, DerivedValue]] = {}


def register_derived(order: int, values: Iterable[DerivedValue]) -> None:
    """Make the values part of the check; lower orders first, for what comes later may follow from them."""
    for value in values:
        _registrations[value.name] = (order, value)


def registered() -> list[DerivedValue]:
    """Every derived value, in the order in which they are checked."""
    return [value for _, value in sorted(_registrations.values(), key=lambda pair: pair[0])]


def check_all(*, is_repairing: bool = False, names: Iterable[str] = ()) -> Iterator[Finding]:
    """Check each value, or those named; repair what is wrong and look again where asked to. Acts as the service.

    Each check is one statement, so it compares what was committed at one moment, whoever writes meanwhile.
    """
    wanted = set(names)
    for value in registered():
        if not wanted or value.name in wanted:
            yield _check(value, is_repairing=is_repairing)


def _check(value: DerivedValue, *, is_repairing: bool) -> Finding:
    with acting_as_service():
        rows = int(_query(value.rows)[0][0])
        keys = _query(value.wrong)
    if not keys or not is_repairing:
        return Finding(value.name, rows, len(keys), 0 if is_repairing else None)
    if not value.repair:
        return Finding(value.name, rows, len(keys), len(keys))
    keys.sort()
    for start in range(0, len(keys), BATCH):
        with acting_as_service(), connection.cursor() as cursor:
            cursor.execute(value.repair, [list(column) for column in zip(*keys[start : start + BATCH], strict=True)])
    with acting_as_service():
        return Finding(value.name, rows, len(keys), len(_query(value.wrong)))


def _query(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        # A check reads whole tables; the limit of a request is not its.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
