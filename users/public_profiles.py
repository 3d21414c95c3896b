"""What somebody opened of their profile, as whoever asks may see it.

The rule is the database's (`private.users_public_profile` and `users_shown_leave`), for a policy cannot leave out
columns; nothing is hidden here that it gave. What belongs here is only its shape.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import connection

from users.availability import open_slots

_ASK = """
    SELECT id, handle, display_name, role, member_since, visibility, picture, headline, bio, country, time_zone,
           languages, skills::text, wanted_skills::text, availability::text,
           CASE WHEN availability IS NOT NULL THEN private.users_shown_leave(handle)::text END
    FROM private.users_public_profile(%s)
"""


@dataclass(frozen=True, slots=True)
class WrittenSlot:
    """A weekly slot of somebody's."""

    weekday: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, slots=True)
class WrittenLeave:
    """Days of somebody's absence, both included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProfile:
    """Parts that are not opened are None."""

    account: Mapping[str, Any]
    """`id`, `handle`, `display_name`, `role`, `member_since`, `visibility`: always there."""
    texts: Mapping[str, Any]
    """`headline`, `bio`, `country`, `languages`."""
    picture: str | None
    """The name of its files."""
    skills: Sequence[Mapping[str, Any]] | None
    wanted_skills: Sequence[Mapping[str, Any]] | None
    time_zone: str | None
    """Of `slots`; opened with them."""
    slots: Sequence[WrittenSlot] | None
    leave: Sequence[WrittenLeave]
    """Days on which `slots` do not hold; opened with them."""

    def open_slots(self, zone: ZoneInfo, week_of: date) -> list[tuple[datetime, datetime]] | None:
        """When they have time in the week of this day on the reader's clock (`availability.open_slots`)."""
        if self.slots is None or self.time_zone is None:
            return None
        return open_slots(self.slots, self.leave, ZoneInfo(self.time_zone), zone, week_of)


def public_profile(handle: str) -> PublicProfile | None:
    """The profile behind the handle; None when there is none, or it is closed to whoever's rights this is asked with.

    One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [handle])
        row = cursor.fetchone()
    if row is None:
        return None
    (
        *account, picture, headline, bio, country, time_zone, languages, skills, wanted_skills, availability, leave
    ) = row  # fmt: skip
    return PublicProfile(
        account=dict(zip(("id", "handle", "display_name", "role", "member_since", "visibility"), account, strict=True)),
        texts={"headline": headline, "bio": bio, "country": country, "languages": languages},
        picture=picture,
        skills=_rows(skills),
        wanted_skills=_rows(wanted_skills),
        time_zone=time_zone,
        slots=None if availability is None else [_slot(each) for each in orjson.loads(availability)],
        leave=[_leave(each) for each in _rows(leave) or ()],
    )


def _rows(text: str | None) -> list[dict[str, Any]] | None:
    return None if text is None else list(orjson.loads(text))


def _slot(row: Mapping[str, Any]) -> WrittenSlot:
    return WrittenSlot(row["weekday"], time.fromisoformat(row["starts_at"]), time.fromisoformat(row["ends_at"]))


def _leave(row: Mapping[str, Any]) -> WrittenLeave:
    return WrittenLeave(date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"]))
