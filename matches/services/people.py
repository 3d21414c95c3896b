"""People as the matcher sees them: read in a fixed number of queries, turned into its contract's JSON.

Of a mentor that stands ready in `users_mentorlisting` (`private.users_refresh_listings`), figures apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import connection
from django.db.models import Func, TextField

from users.availability import local_minutes, offsets_in_week, utc_offset_minutes
from users.models import Profile
from users.querysets import MentorListingQuerySet

Json = dict[str, Any]

MOST_CANDIDATES = 2000
"""Mentors (and in a round learners) that are weighed at a time; for one learner those who reach most of the wanted
levels, half of the score's weight."""


@dataclass(frozen=True, slots=True)
class Mentors:
    """Mentors as the matcher is told of them."""

    told: str
    """JSON objects with commas between, as `mentors` of the contract has them."""
    zones: set[str]
    count: int

    def ids(self) -> set[str]:
        """Whose they are."""
        return {mentor["id"] for mentor in orjson.loads(f"[{self.told}]")}


def candidates_for(learner: Profile, wanted: dict[str, int], *, today: date) -> Mentors:
    """At most MOST_CANDIDATES of the mentors who are open for the learner, whose rights the transaction has.

    They know one of the `wanted` skills (slug → level), share a language where both sides name any, and have no open
    match with the learner. Who reaches most of the wanted levels comes first.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mentors, zones, considered FROM private.matches_weighed(%s, %s, %s, %s, %s)",
            [list(wanted), list(wanted.values()), learner.languages, today, MOST_CANDIDATES],
        )
        told, zones, count = cursor.fetchone() or ("", [], 0)
    return Mentors(told, set(zones), count)


def mentors_told(listings: MentorListingQuerySet) -> Mentors:
    """At most MOST_CANDIDATES of these mentors, oldest profile first."""
    told = Func(
        "described", "open_places", "rating_mean", "rating_count", "requests_decided", "requests_answered",
        function="private.matches_told", output_field=TextField(),
    )  # fmt: skip
    rows = list(listings.order_by("pk").values_list(told, "time_zone")[:MOST_CANDIDATES])
    return Mentors(",".join(row[0] for row in rows), {row[1] for row in rows}, len(rows))


def learner_json(profile: Profile, wanted: dict[str, int], *, waiting_days: int | None = None) -> Json:
    """A learner who wants these levels by skill slug."""
    return {
        "id": str(profile.user_id),
        "languages": list(dict.fromkeys(profile.languages)),
        "time_zone": profile.time_zone,
        "slots": [list(local_minutes(slot)) for slot in profile.availability.all()],
        "wants": [{"skill": slug, "level": level} for slug, level in sorted(wanted.items())],
        "waiting_days": waiting_days,
    }


def zones_json(names: Iterable[str], *, now: datetime) -> Json:
    """How far the clocks of these zones are ahead of UTC: now, and in the UTC week of now."""
    zones = {name: ZoneInfo(name) for name in sorted(names)}
    return {
        name: {"now": utc_offset_minutes(zone, now), "offsets": offsets_in_week(zone, now.date())}
        for name, zone in zones.items()
    }


def request_bytes(fields: Json, mentors: Mentors) -> bytes:
    """A request of the contract: these fields, and the mentors as they stand."""
    return orjson.dumps(fields)[:-1] + b',"mentors":[' + mentors.told.encode() + b"]}"
