"""Fills a database with a world: base facts by COPY, what follows from them set by set, statistics at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from skillbridge_backend.core.errors import PermissionDenied
from skillbridge_backend.scale import learning, mentoring, people, talking
from skillbridge_backend.scale.bulk import Loader, unguarded, unhindered
from skillbridge_backend.scale.world import Catalogue, World

ALLOWED_SETTINGS = ("skillbridge_backend.settings.development", "skillbridge_backend.settings.test")
PARTS = (people.add_people, learning.add_learning, mentoring.add_mentoring, talking.add_talking)
COLUMNS = people.COLUMNS | learning.COLUMNS | mentoring.COLUMNS | talking.COLUMNS
DERIVED = (
    "progress_dailyactivity", "matches_mentorstanding", "users_mentorlisting", "matches_sessionseat",
    "forum_subscription",
    "badges_pointsentry", "badges_metrictotal", "badges_award", "notifications_notification", "notifications_delivery",
)  # fmt: skip
TABLES = (*COLUMNS, *DERIVED)
_PEOPLE = "SELECT id FROM users_user WHERE id <> private.platform_id() LIMIT 1"
"""The account that the catalogue's roadmaps belong to is none of them."""


@dataclass
class Seeding:
    """One run: what it has written so far and how long each step took."""

    log: Callable[[str], None] = lambda _: None
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, *, users: int, seed: int, until: datetime, is_replacing: bool = False) -> None:
        """A world of `users` people, the same for the same seed and end, in one transaction.

        Connects as whoever owns the tables; needs a loaded catalogue. `is_replacing` empties the tables first.
        Raises PermissionDenied under production's settings, and for a database that has people unless it replaces them.
        """
        if settings.SETTINGS_MODULE not in ALLOWED_SETTINGS:
            raise PermissionDenied(f"A made-up world is for measurements, not for {settings.SETTINGS_MODULE}.")
        # The owner of the tables may change them and, by their policies, read nothing in them.
        with unhindered():
            is_inhabited, catalogue = bool(_column(_PEOPLE)), _catalogue()
        if is_inhabited and not is_replacing:
            raise PermissionDenied("There are people in this database already; nothing was written.")
        world = World(users=users, seed=seed, until=until, catalogue=catalogue)
        with self._timed("all in one transaction"), unguarded(TABLES):
            # Sorting and building indexes is most of the work; only for this transaction.
            _run("SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '1GB'")
            if is_replacing:
                _run(f"TRUNCATE {', '.join(TABLES)} CASCADE")
            load = Loader(COLUMNS, learning.SORTED_BY | mentoring.SORTED_BY, self.rows)
            load.open()
            _run(_sql("ids"))
            with unhindered():
                self._add_facts(world, load)
                self._derive(until)
            _run(f"SELECT setval('users_mentorlisting_number', {max(1, self.rows['users_mentorlisting'])})")
            self.log("indexes and foreign keys come back")
        with self._timed("vacuum and analyze"):
            _run(f"VACUUM (ANALYZE) {', '.join(TABLES)}")

    def _add_facts(self, world: World, load: Loader) -> None:
        for part in PARTS:
            with self._timed(part.__name__.replace("_", " ")):
                part(world, load)
        with self._timed("sort what came out of order"):
            load.close()

    def _derive(self, until: datetime) -> None:
        for statement in _sql("derived").strip().split(";\n\n"):
            table = next(table for table in DERIVED if f"INSERT INTO {table}" in statement)
            with self._timed(f"derive {table}"), connection.cursor() as cursor:
                cursor.execute(statement, {"until": until})
                self.rows[table] = cursor.rowcount

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[step] = time.monotonic() - began
        self.log(f"{self.seconds[step]:8.1f} s  {step}")


def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _catalogue() -> Catalogue:
    names = ("users_skill", "users_track", "forum_category")
    return Catalogue(*(_column(f"SELECT id::text FROM {table} ORDER BY slug") for table in names))


def _column(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
