"""The registry of what we know about a person: what a copy of their data holds, what it leaves out, and why.

An app registers its sections in `AppConfig.ready()`. Every foreign key to an account is in a section or exempt with a
reason; a test walks the database's own (`tests/leaving`). What becomes of the rows is said elsewhere (`erasure.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

BATCH = 500


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the copy: a file of JSON and one of CSV.

    `columns` are the foreign keys to an account that it covers, as `table.column`. `rows` are read with the person's
    own rights, so they hold what the person may see; `fields` of them are told, in this order. `files` are added as
    they are: name in the copy → name in the private storage, asked with the person's own rights too.

    `is_hidden`: no request may read these rows, not even their owner's. They are read with the service's rights, which
    see everybody, so `rows` alone says whose they are.
    """

    name: str
    columns: tuple[str, ...]
    rows: Callable[[UUID], QuerySet[Any]]
    fields: tuple[str, ...]
    files: Callable[[UUID], Mapping[str, str]] = field(default=lambda _: {})
    is_hidden: bool = False

    def batches(self, person: UUID) -> Iterator[Callable[[], list[dict[str, Any]]]]:
        """One call for each batch, to be made in a transaction of its own: memory and locks stay small."""
        last: list[Any] = []

        def read() -> list[dict[str, Any]]:
            rows = self.rows(person).order_by("pk")
            found = list((rows.filter(pk__gt=last[0]) if last else rows).values("pk", *self.fields)[:BATCH])
            last[:] = [found[-1]["pk"]] if len(found) == BATCH else []
            return [{name: row[name] for name in self.fields} for row in found]

        yield read
        while last:
            yield read


_sections: list[tuple[int, Section]] = []
_exempt: dict[str, str] = {}


def register_personal_data(order: int, sections: Iterable[Section], exempt: Mapping[str, str]) -> None:
    """Make the sections part of every copy, lower orders first; `exempt` says of other columns why they are not."""
    _sections.extend((order, section) for section in sections)
    _exempt.update(exempt)


def sections() -> list[Section]:
    """What a copy consists of."""
    return [section for _, section in sorted(_sections, key=lambda pair: pair[0])]


def exempt_columns() -> dict[str, str]:
    """`table.column` of what no copy holds, and why."""
    return dict(_exempt)
