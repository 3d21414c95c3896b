"""People as the matcher sees them: read in a fixed number of queries, turned into its contract's JSON.

Of a mentor that stands ready in `users_mentorlisting` (`private.users_refresh_listings`), figures apart.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from django.db import connection
from django.db.models import Func, TextField

from matches.enums import MatchStatus
from matches.models import MentorMatch
from users.availability import local_minutes, offsets_in_week, utc_offset_minutes
from users.models import Profile
from users.querysets import MentorListingQuerySet

Json = dict[str, Any]

MOST_CANDIDATES = 1000
"""Mentors that are weighed for one learner: those who reach most of the wanted levels, half of the score's weight."""
MOST_MENTORS = 100_000
"""In a round, as far as LARGEST_REQUEST_BYTES reach."""
LARGEST_REQUEST_BYTES = 60 * 2**20
"""Of people in a round's request; the matcher takes 64 MiB, and what pairs and zones need has to fit beside them."""
MOST_OF_A_SKILL = 4000
"""Of a wanted skill so many are looked at, those who know it best: others are rarely among the candidates."""
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
    ids: Container[str]
    """Whose they are: a set, or the text of a few."""


def candidates_for(learner: Profile, wants: list[Json], *, now: datetime) -> Mentors:
    """At most MOST_CANDIDATES of the mentors who are open for the learner, whose rights the transaction has.

    They can teach something of the `wants` (of the contract), share a language where both sides name any, have no open
    match with the learner, and neither refused the other within REFUSAL_COUNTS_FOR. Who can teach most comes first.
    Where that gives few, nobody is left out who knows a wanted skill; those who have one that implies it come with
    them, the best MOST_OF_A_SKILL of each.
    """
    found = _weighed(
        learner, wants, [_Sought(want["skill"], at, 1000, MOST_OF_A_SKILL) for at, want in enumerate(wants)], now
    )
    if found.count < FEW_CANDIDATES:
        sought = [_Sought(want["skill"], at, 1000, None) for at, want in enumerate(wants)]
        sought += [
            _Sought(one["skill"], at, one["permille"], MOST_OF_A_SKILL)
            for at, want in enumerate(wants)
            for one in want["related"]
        ]
        found = _weighed(learner, wants, sought, now)
    return found


class _Sought(NamedTuple):
    """A skill that mentors are looked for by: the wanted one, or one that implies it."""

    skill: str
    wanted: int
    """The place of what is wanted."""
    permille: int
    """Of the level in it what it gives of the level in what is wanted."""
    most: int | None
    """So many of those who know it best are looked at; None: all."""


def _weighed(learner: Profile, wants: list[Json], sought: list[_Sought], now: datetime) -> Mentors:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT mentors, zones, considered FROM private.matches_weighed(
                %s::text[], %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::integer[],
                %s::text[], %s, %s, %s)
            """,
            [
                [one.skill for one in sought],
                [one.wanted for one in sought],
                *([wants[one.wanted][name] for one in sought] for name in ("level", "from", "weight")),
                [one.permille for one in sought],
                [one.most for one in sought],
                learner.languages,
                now,
                now - REFUSAL_COUNTS_FOR,
                MOST_CANDIDATES,
            ],
        )
        told, zones, count = cursor.fetchone() or ("", [], 0)
    return Mentors(told, set(zones), count, ids=told)


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


def learner_json(
    profile: Profile, wants: list[Json], *, attendance_permille: int | None, waiting_days: int | None = None
) -> Json:
    """A learner with the contract's `wants`."""
    return {
        "id": str(profile.user_id),
        "languages": list(dict.fromkeys(profile.languages)),
        "time_zone": profile.time_zone,
        "slots": [list(local_minutes(slot)) for slot in profile.availability.all()],
        "wants": wants,
        "waiting_days": waiting_days,
        "country": profile.country or None,
        "attendance_permille": attendance_permille,
    }


def zones_json(names: Iterable[str], *, now: datetime) -> Json:
    """How far the clocks of these zones are ahead of UTC: now, and in the UTC week of now."""
    zones = {name: ZoneInfo(name) for name in sorted(names)}
    return {
        name: {"now": utc_offset_minutes(zone, now), "offsets": offsets_in_week(zone, now.date())}
        for name, zone in zones.items()
    }


def continuity_json(met: Iterable[MentorMatch], mentors: Mentors) -> list[Json]:
    """How these mentorships went, those with one of the mentors: by the learner's review, or by how they ended.

    `met` comes `with_learners_rating`. Of several of a pair the last one counts.
    """
    values = {
        (str(match.learner_id), str(match.mentor_id)): _continuity(match)
        for match in sorted(met, key=lambda match: match.ended_at or match.created_at)
        if str(match.mentor_id) in mentors.ids
    }
    return [{"learner": learner, "mentor": mentor, "value": value} for (learner, mentor), value in values.items()]


def _continuity(match: MentorMatch) -> int:
    rating: int | None = match.learners_rating  # type: ignore[attr-defined]  # annotated
    if rating is None:
        return 700 if match.status == MatchStatus.COMPLETED else 300
    return (rating - 1) * 250


def request_bytes(fields: Json, mentors: Mentors) -> bytes:
    """A request of the contract: these fields, and the mentors as they stand."""
    return orjson.dumps(fields)[:-1] + b',"mentors":[' + mentors.told.encode() + b"]}"
