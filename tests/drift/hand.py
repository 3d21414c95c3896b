"""One random writer: who it acts for, what it picks, and what became of each of its writes."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection

from skillbridge_backend.core.access import acting_as, acting_as_service
from tests.drift.world import World

Writer = Callable[["Hand"], None]
WRITERS: dict[str, tuple[Writer, int]] = {}
DEADLOCK, NO_RIGHT = "40P01", "42501"


def writer(weight: int) -> Callable[[Writer], Writer]:
    """Adds a kind of write; the weight says how often it comes, beside the others'."""

    def register(function: Writer) -> Writer:
        WRITERS[function.__name__] = (function, weight)
        return function

    return register


class NothingToChooseError(Exception):
    """There is nothing of this kind yet."""


@dataclass
class Hand:
    """What one thread does: a sequence of writes, each a transaction of its own."""

    world: World
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    deadlocks: list[str] = field(default_factory=list)

    def person(self) -> UUID:
        return self.rng.choice(self.world.people)

    def one(self, kind: str) -> Any:
        return self.some(kind, 1)[0]

    def some(self, kind: str, most: int) -> list[Any]:
        found = self.world.some(self.rng, kind, most)
        if not found:
            raise NothingToChooseError
        return found

    def acting_for(self, person: object) -> AbstractContextManager[None]:
        """A transaction with the rights of this person, or, as for nobody, with those of the service."""
        if isinstance(person, UUID) and self.rng.random() < 0.5:
            return acting_as(person)
        return acting_as_service()

    def wrote(self, rows: int) -> None:
        """Say how many rows a write met, so that one that met none does not count as done."""
        if not rows:
            raise NothingToChooseError
        self.rows += rows

    def work(self, writes: int) -> None:
        """Do so many writes. What the rules refuse is counted; what nobody expects ends the thread."""
        try:
            for name in self._names(writes):
                self._try(name)
        finally:
            connection.close()

    def _names(self, writes: int) -> Iterator[str]:
        weights = [weight for _, weight in WRITERS.values()]
        return iter(self.rng.choices(list(WRITERS), weights, k=writes))

    def _try(self, name: str) -> None:
        try:
            WRITERS[name][0](self)
        except NothingToChooseError:
            self.refusals["nothing to do"] += 1
        except IntegrityError as error:
            self.refusals[str(error.__cause__.diag.constraint_name)] += 1  # type: ignore[union-attr]  # psycopg2's
        except DatabaseError as error:
            code = getattr(error.__cause__, "pgcode", None)
            if code == DEADLOCK:
                self.deadlocks.append(f"{name}: {error}")
            elif code == NO_RIGHT:
                self.refusals[f"no right: {name}"] += 1
            else:
                raise
        else:
            self.done[name] += 1
