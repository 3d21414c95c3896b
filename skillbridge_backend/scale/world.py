"""The world's size, its people and its clock: what every part of the seeding draws from, the same for the same seed.

Belongs here: numbers, ids and times. What rows are made of them is in `people`, `learning`, `mentoring` and `talking`.
"""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random

DAY = 24 * 3600 * 1000
"""Milliseconds."""
NULL = "\\N"
"""As COPY writes it."""
AGE_DAYS = 730
"""How long before the end of its time the world began."""
MOST_OF_A_PERSON = 1000
"""Of modules, replies and log entries each."""
MENTOR_EVERY, MODERATOR_EVERY, INACTIVE_EVERY = 12, 500, 97
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Lagos")
WORDS = [
    "query", "index", "table", "join", "lock", "thread", "async", "await", "module", "test", "deploy", "server",
    "client", "cache", "graph", "tree", "sort", "hash", "type", "trait", "borrow", "slice", "string", "buffer",
    "socket", "stream", "error", "retry", "queue", "worker", "schema", "model", "view", "form", "route", "token",
]  # fmt: skip


class Zipf:
    """Draws 1 to `most`, n with a weight of n^-exponent: with an exponent of 2 the mean of 1 to 1,000 is 4.6."""

    def __init__(self, exponent: float, most: int = MOST_OF_A_PERSON) -> None:
        self._bounds = list(accumulate(n**-exponent for n in range(1, most + 1)))

    def draw(self, random: Random) -> int:
        """One number."""
        return bisect(self._bounds, random.random() * self._bounds[-1]) + 1


@dataclass(frozen=True)
class Catalogue:
    """Ids of what `load_catalogue` has written, in the order of their slugs."""

    skills: list[str]
    tracks: list[str]
    categories: list[str]


@dataclass
class World:
    """`users` people who came one after the other in the two years before `until` (midnight UTC)."""

    users: int
    seed: int
    until: datetime
    catalogue: Catalogue
    _counters: dict[int, int] = field(default_factory=dict)

    @property
    def ends_ms(self) -> int:
        """The end of the world's time, in milliseconds since 1970."""
        return int(self.until.timestamp()) * 1000

    @property
    def begins_ms(self) -> int:
        """Its beginning."""
        return self.ends_ms - AGE_DAYS * DAY

    def random(self, part: str) -> Random:
        """The numbers of one part, which no other part's draws move."""
        return Random(f"{self.seed}:{part}")

    def joined_ms(self, person: int) -> int:
        """When this person (from 0) came; everybody has had at least a day since."""
        span = (AGE_DAYS - 1) * DAY
        return self.begins_ms + span * person // self.users

    def user_id(self, person: int) -> str:
        """Of the account."""
        return self._id(self.joined_ms(person), 1, person)

    def profile_id(self, person: int) -> str:
        """Of the profile."""
        return self._id(self.joined_ms(person), 2, person)

    def new_id(self, at_ms: int, kind: int) -> str:
        """A UUIDv7 of that time; `kind` (3 to 255) keeps the tables apart."""
        number = self._counters[kind] = self._counters.get(kind, 0) + 1
        return self._id(at_ms, kind, number)

    def people(self) -> range:
        """Everybody."""
        return range(self.users)

    def mentors(self) -> range:
        """Those who offer mentoring."""
        return range(5, self.users, MENTOR_EVERY)

    def some_time_since(self, person: int, random: Random) -> int:
        """A moment in this person's time here."""
        joined = self.joined_ms(person)
        return joined + int(random.random() * (self.ends_ms - joined))

    def _id(self, at_ms: int, kind: int, number: int) -> str:
        return f"{at_ms:012x}7{kind:03x}8{self.seed % 0x10000:04x}{number:011x}"


def role_of(person: int) -> str:
    """What this person is on the platform."""
    if person == 0:
        return "admin"
    if person % MENTOR_EVERY == 5:
        return "mentor"
    return "moderator" if person % MODERATOR_EVERY == 1 else "learner"


def is_active(person: int) -> bool:
    """Whether the account is."""
    return person % INACTIVE_EVERY != INACTIVE_EVERY - 1


def zone_of(person: int) -> str:
    """Where this person lives."""
    return ZONES[person % len(ZONES)]


def capacity_of(person: int) -> int:
    """How many learners a mentor takes at a time."""
    return 1 + person // MENTOR_EVERY % 8


@cache
def _date(day: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d}"


def stamp(at_ms: int) -> str:
    """The moment as COPY reads it."""
    day, rest = divmod(at_ms, DAY)
    minutes, milliseconds = divmod(rest, 60_000)
    return f"{_date(day)} {minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1000:06.3f}+00"


def date_of(at_ms: int) -> str:
    """Its day, UTC."""
    return _date(at_ms // DAY)


def sentence(random: Random, words: int) -> str:
    """This many words."""
    return " ".join(WORDS[int(random.random() * len(WORDS))] for _ in range(words))
