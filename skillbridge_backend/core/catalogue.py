"""The registry of catalogues: the JSON files that an app ships and `manage.py load_catalogue` brings into the database.

An app registers a loader in `AppConfig.ready()`. What belongs here is only the order and the all-or-nothing of a load;
what a file means is known to the app that owns it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a loader did to the rows of one subject."""

    subject: str
    created: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0


class CatalogueError(Exception):
    """A catalogue file is wrong; `problems` has one line for each fault, naming file and entry."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


Loader = Callable[[], list[LoadCounts]]


@dataclass(frozen=True, slots=True)
class _Registration:
    order: int
    name: str
    loader: Loader


_registrations: dict[str, _Registration] = {}


def register_catalogue(name: str, order: int, loader: Loader) -> None:
    """Make `loader` part of `load_catalogue`; loaders run by `order` (users' skills and tracks are 10), then by name.

    A loader checks its whole file before it writes and raises CatalogueError with every fault it found. It brings the
    rows to what the file says (a repeat changes nothing) in the transaction that is open when it is called, and may
    rely on what loaders with a lower order have written. Registering a name again replaces its loader.
    """
    _registrations[name] = _Registration(order, name, loader)


def load_all() -> list[LoadCounts]:
    """Run every loader in one transaction; after the first CatalogueError nothing is written."""
    with transaction.atomic():
        return [
            counts
            for registration in sorted(_registrations.values(), key=lambda each: (each.order, each.name))
            for counts in registration.loader()
        ]


def read_json(path: Path) -> Any:
    """The value of a catalogue file. Raises CatalogueError when it is missing or not JSON."""
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise CatalogueError([f"{path.name}: cannot be read ({error.strerror})"]) from error
    except orjson.JSONDecodeError as error:
        raise CatalogueError([f"{path.name}: line {error.lineno}: not JSON ({error.msg})"]) from error
