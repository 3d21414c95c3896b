"""People as the matcher sees them: read in a fixed number of queries, turned into its contract's JSON.

Of a mentor that stands ready in `users_mentorlisting` (`private.users_refresh_listings`), figures apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate, takewhile
from typing import Any, NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.db import connection
from django.db.models import Func, TextField

from users.availability import local_minutes, offsets_in_week
from users.models import Profile
from users.querysets import MentorListingQuerySet

Json = dict[str, Any]
_BEFORE_ID = '"id" : "'
"""In what is told of a mentor, as PostgreSQL writes JSON; in no text, for there a quotation mark is escaped."""

MOST_CANDIDATES = 500
"""Mentors that are weighed for one learner: those who reach most of the wanted levels, half of the score's weight."""
MOST_MENTORS = 100_000
"""In a round, as far as LARGEST_REQUEST_BYTES reach."""
LARGEST_REQUEST_BYTES = 60 * 2**20
"""Of people in a round's request; the matcher takes 64 MiB, and what pairs and zones need has to fit beside them."""
MOST_ENTRIES = 24_000
"""Of the wanted skills so many are looked at, an equal part of each: who knows it best; others are rarely chosen."""
REFUSAL_COUNTS_FOR = timedelta(days=90)
"""So long no round and no suggestion brings two together of whom one refused the other."""
FEW_CANDIDATES = 100
"""With fewer, all who know a wanted skill are looked at, and the best of those whose skills only imply it."""


@dataclass(frozen=True, slots=True)
class Mentors:
    """Mentors as the matcher is told of them."""

    told: str
    """JSON objects with commas between, as `mentors` of the contract has them."""
    zones: set[str]
    count: int
    ids: set[str]
    """Whose they are."""


def candidates_for(wants: list[Json], *, languages: Iterable[str], now: datetime) -> Mentors:
    """At most MOST_CANDIDATES of the mentors who are open for the learner, whose rights the transaction has.

    They can teach something of the `wants` (of the contract), share one of `languages`, the learner's, where both sides
    name any, have no open match with the learner, and neither refused the other within REFUSAL_COUNTS_FOR. Who can
    teach most comes first. Where that gives few, nobody is left out who knows a wanted skill; those who have one that
    implies it come with them, of very many the best of each, as many as of a wanted one.
    """
    sought = [_Sought(want["skill"], at, 1000, is_implied=False) for at, want in enumerate(wants)]
    sought += [
        _Sought(one["skill"], at, one["permille"], is_implied=True)
        for at, want in enumerate(wants)
        for one in want["related"]
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT mentors, zones, considered FROM private.matches_weighed(
                %s::text[], %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::boolean[],
                %s::text[], %s, %s, %s, %s, %s)
            """,
            [
                [one.skill for one in sought],
                [one.wanted for one in sought],
                *([wants[one.wanted][name] for one in sought] for name in ("level", "from", "weight")),
                [one.permille for one in sought],
                [one.is_implied for one in sought],
                list(languages),
                now,
                now - REFUSAL_COUNTS_FOR,
                MOST_CANDIDATES,
                MOST_ENTRIES // len(wants),
                FEW_CANDIDATES,
            ],
        )
        told, zones, count = cursor.fetchone() or ("", [], 0)
    return Mentors(told, set(zones), count, ids={piece[:36] for piece in told.split(_BEFORE_ID)[1:]})


class _Sought(NamedTuple):
    """A skill that mentors are looked for by: the wanted one, or one that implies it."""

    skill: str
    wanted: int
    """The place of what is wanted."""
    permille: int
    """Of the level in it what it gives of the level in what is wanted."""
    is_implied: bool
    """It implies what is wanted, and is looked for where few have that itself."""


def mentors_told(listings: MentorListingQuerySet, *, most_bytes: int = LARGEST_REQUEST_BYTES) -> Mentors:
    """At most MOST_MENTORS of these, oldest profile first, and as many as are told in so many bytes."""
    told = Func(
        "described", "open_places", "rating_mean", "rating_count", "requests_decided", "requests_answered", "country",
        "attendance_permille", function="private.matches_told", output_field=TextField(),
    )  # fmt: skip
    listed = listings.exclude(described="{}").order_by("pk").values_list(told, "time_zone", "profile__user_id")
    rows = list(listed[:MOST_MENTORS])
    rows = rows[: how_many_fit(most_bytes, (row[0].encode() for row in rows))]
    return Mentors(
        ",".join(row[0] for row in rows), {row[1] for row in rows}, len(rows), ids={str(row[2]) for row in rows}
    )


def how_many_fit(most_bytes: int, told: Iterable[bytes]) -> int:
    """How many of these, from the first on, are told in so many bytes with commas between."""
    ends = accumulate(len(one) + 1 for one in told)
    return sum(1 for _ in takewhile(lambda end: end <= most_bytes, ends))


@dataclass(frozen=True, slots=True)
class History:
    """How it went with a learner so far."""

    attendance_permille: int | None = None
    """Of their sessions that they came to; of three or more."""
    met: Mapping[str, int] = field(default_factory=dict)
    """What the contract's `continuity` is with the mentors whom they met, by id."""


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner, but for what they want."""

    id: UUID
    country: str
    time_zone: str
    languages: list[str]
    slots: list[tuple[int, int]]
    """As `local_minutes` gives them."""
    history: History

    @classmethod
    def of(cls, profile: Profile, history: History) -> Self:
        """The one whose profile this is."""
        slots = [local_minutes(slot) for slot in profile.availability.all()]
        return cls(profile.user_id, profile.country, profile.time_zone, profile.languages, slots, history)

    def told(self, wants: list[Json], *, waiting_days: int | None = None) -> Json:
        """The contract's learner, with its `wants`."""
        return {
            "id": str(self.id),
            "languages": list(dict.fromkeys(self.languages)),
            "time_zone": self.time_zone,
            "slots": self.slots,
            "wants": wants,
            "waiting_days": waiting_days,
            "country": self.country or None,
            "attendance_permille": self.history.attendance_permille,
        }


class Asking(NamedTuple):
    """A learner who asks for suggestions, and levels by skill."""

    learner: Learner
    has: dict[str, int]
    wants: dict[str, int]


class _Slot(NamedTuple):
    weekday: int
    starts_at: time
    ends_at: time


def asking(user_id: UUID, *, now: datetime) -> Asking | None:
    """This person, whose rights the transaction has; None without a profile. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT country, time_zone, languages, weekdays, starts, ends, has, wants, attendance_permille, met
            FROM private.matches_asking(%s)
            """,
            [now],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    country, time_zone, languages, weekdays, starts, ends, has, wants, permille, met = row
    slots = [local_minutes(_Slot(*slot)) for slot in zip(weekdays, starts, ends, strict=True)]
    history = History(permille, orjson.loads(met))
    learner = Learner(user_id, country, time_zone, languages, slots, history)
    return Asking(learner, orjson.loads(has), orjson.loads(wants))


def zones_json(names: Iterable[str], *, now: datetime) -> Json:
    """How far the clocks of these zones are ahead of UTC: now, and in the UTC week of now."""
    utc = now.astimezone(UTC)
    minute = (utc.weekday() * 24 + utc.hour) * 60 + utc.minute
    weeks = {name: offsets_in_week(ZoneInfo(name), utc.date()) for name in sorted(names)}
    return {
        name: {"now": max(one for one in week if one[0] <= minute)[1], "offsets": week} for name, week in weeks.items()
    }


def histories_of(learners: Iterable[UUID], *, now: datetime) -> dict[UUID, History]:
    """Each learner's, as far as whoever asks may know it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT learner, attendance_permille, met FROM private.matches_histories(%s::uuid[], %s)",
            [list(learners), now],
        )
        return {learner: History(permille, orjson.loads(met)) for learner, permille, met in cursor.fetchall()}


def continuity_json(histories: Mapping[UUID, History], mentors: Mentors) -> list[Json]:
    """How the mentorships of these learners went, those with one of the mentors."""
    return [
        {"learner": str(learner), "mentor": mentor, "value": value}
        for learner, history in histories.items()
        for mentor, value in history.met.items()
        if mentor in mentors.ids
    ]


def request_bytes(fields: Json, mentors: Mentors) -> bytes:
    """A request of the contract: these fields, and the mentors as they stand."""
    return orjson.dumps(fields)[:-1] + b',"mentors":[' + mentors.told.encode() + b"]}"
