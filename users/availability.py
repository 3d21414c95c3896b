"""Weekly wall-clock slots as minutes of a UTC week, right on the days on which clocks change. Pure: no database.

A slot means what a person sees on their clock: the instants at which the wall clock in their zone stands in the slot.
In the hour that clocks leave out in spring there are none; the hour that they repeat in autumn counts twice.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from users.regions import TIME_ZONES

DAY = 24 * 60
WEEK = 7 * DAY
"""Minutes of a week: 10,080."""
_WAKING = 14 * 60


class Slot(Protocol):
    """A weekly slot; `weekday` counts from 0 = Monday, an end before the start is on the next day."""

    @property
    def weekday(self) -> int: ...
    @property
    def starts_at(self) -> time: ...
    @property
    def ends_at(self) -> time: ...


class Leave(Protocol):
    """Days of absence, both included, on the same clock as the slots."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...


class _Stretch(NamedTuple):
    """Minutes of a UTC week, end excluded, during which the zone's offset is the same."""

    start: int
    end: int
    offset: int


def utc_week_minutes(slots: Iterable[Slot], zone: ZoneInfo, week_of: date) -> list[tuple[int, int]]:
    """The minutes `[start, end)`, 0 to 10080 counted from Monday 00:00 UTC, of the week of `week_of` in the slots.

    Sorted, merged where they touch. What reaches over an end of the week goes on at the other end: slots are weekly.
    """
    return in_utc_week((local_minutes(slot) for slot in slots), zone, week_of)


def in_utc_week(local: Iterable[tuple[int, int]], zone: ZoneInfo, week_of: date) -> list[tuple[int, int]]:
    """As `utc_week_minutes`, of slots as `local_minutes` gives them."""
    slots = list(local)
    pieces = []
    for stretch in _stretches(zone, week_of - timedelta(days=week_of.weekday())):
        for start, end in slots:
            for shift in (-WEEK, 0, WEEK):
                first = max(start - stretch.offset + shift, stretch.start)
                last = min(end - stretch.offset + shift, stretch.end)
                if first < last:
                    pieces.append((first, last))
    return _merged(pieces)


def open_slots(
    slots: Iterable[Slot], leave: Iterable[Leave], zone: ZoneInfo, readers_zone: ZoneInfo, week_of: date
) -> list[tuple[datetime, datetime]]:
    """Begin and end of the time in the slots, but for days of leave, on the reader's clock; merged, in order.

    Of the slots that begin in the reader's week of `week_of`, Monday to Sunday, each to its end: of two weeks shown one
    after the other neither has a half of one.
    """
    monday = week_of - timedelta(days=week_of.weekday())
    begin, end = (_week_minute(day, monday, readers_zone) for day in (monday, monday + timedelta(days=7)))
    pieces = [piece for slot in slots for piece in _minutes_around(slot, zone, monday) if begin <= piece[0] < end]
    for away in leave:
        # What lies near is enough, and nothing of it is past an end of the calendar.
        first, last = max(away.starts_on, monday - timedelta(days=7)), min(away.ends_on, monday + timedelta(days=14))
        if first <= last:
            pieces = _without(
                pieces, _week_minute(first, monday, zone), _week_minute(last + timedelta(days=1), monday, zone)
            )
    midnight = datetime.combine(monday, time(), UTC)
    return [
        (
            (midnight + timedelta(minutes=start)).astimezone(readers_zone),
            (midnight + timedelta(minutes=last)).astimezone(readers_zone),
        )
        for start, last in _merged(pieces)
    ]


@lru_cache(maxsize=4096)
def offsets_in_week(zone: ZoneInfo, week_of: date) -> tuple[tuple[int, int], ...]:
    """How far the zone's wall clock is ahead of UTC in the UTC week of `week_of`: by the minute from which it holds."""
    return tuple((part.start, part.offset) for part in _stretches(zone, week_of - timedelta(days=week_of.weekday())))


def utc_offset_minutes(zone: ZoneInfo, at: datetime) -> int:
    """How far the zone's wall clock is ahead of UTC at the instant `at` (aware), in minutes; negative in the west."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def shared_minutes(one: Iterable[tuple[int, int]], other: Iterable[tuple[int, int]]) -> int:
    """How many minutes two lists from `utc_week_minutes` of the same week have in common."""
    theirs = list(other)
    return sum(max(0, min(end, last) - max(start, first)) for start, end in one for first, last in theirs)


def shared_waking_minutes(ahead: int) -> int:
    """Minutes of a day on which it is from 08:00 to 22:00 on both of two clocks, one this many minutes ahead."""
    apart = ahead % DAY
    return max(0, _WAKING - apart) + max(0, _WAKING - (DAY - apart))


def zones_sharing(zone: str, *, minutes: int, at: datetime) -> list[str]:
    """The zones with at least so many waking minutes of a day (08:00 to 22:00) in common with `zone` at that time.

    The zone itself is always among them while `minutes` is at most a waking day's, 840.
    """
    offsets = _offsets(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
    own = offsets[zone]
    return [name for name, offset in offsets.items() if shared_waking_minutes(offset - own) >= minutes]


@lru_cache(maxsize=4)
def _offsets(hour: datetime) -> dict[str, int]:
    """Each zone's minutes ahead of UTC: asked once an hour, for it reads some hundred files the first time."""
    return {name: utc_offset_minutes(ZoneInfo(name), hour) for name in sorted(TIME_ZONES)}


def first_overlap(slots: Iterable[Slot]) -> tuple[int, int] | None:
    """Positions of two slots that share a minute on the clock, the later position second; None when none do."""
    taken: list[tuple[int, int, int]] = []
    for position, slot in enumerate(slots):
        start, end = local_minutes(slot)
        for other_start, other_end, other in taken:
            if any(start + shift < other_end and other_start < end + shift for shift in (-WEEK, 0, WEEK)):
                return other, position
        taken.append((start, end, position))
    return None


def local_minutes(slot: Slot) -> tuple[int, int]:
    """The slot in minutes since Monday 00:00 on the zone's clock; the end may be past the week's."""
    start = slot.starts_at.hour * 60 + slot.starts_at.minute
    end = slot.ends_at.hour * 60 + slot.ends_at.minute
    midnight = slot.weekday * DAY
    return midnight + start, midnight + end + (DAY if end <= start else 0)


def _minutes_around(slot: Slot, zone: ZoneInfo, monday: date) -> list[tuple[int, int]]:
    """The slot's minutes in the UTC week that begins on `monday`, the one before and the one after; whole, in order."""
    weeks = ((shift, monday + timedelta(days=7 * shift)) for shift in (-1, 0, 1))
    return _merged(
        [
            (start + shift * WEEK, end + shift * WEEK)
            for shift, week in weeks
            for start, end in utc_week_minutes([slot], zone, week)
        ]
    )


def _week_minute(day: date, monday: date, zone: ZoneInfo) -> int:
    """Minutes from `monday` 00:00 UTC to the beginning of `day` on the zone's clock."""
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    return round((begin - datetime.combine(monday, time(), UTC)).total_seconds() / 60)


def _without(pieces: list[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    """The pieces but for the minutes from `begin` until `end`."""
    left = [(start, min(last, begin)) for start, last in pieces] + [(max(start, end), last) for start, last in pieces]
    return [(start, last) for start, last in left if start < last]


@lru_cache(maxsize=4096)
def _stretches(zone: ZoneInfo, monday: date) -> tuple[_Stretch, ...]:
    """The UTC week that begins on `monday`, cut where the zone's offset changes."""
    begin = datetime.combine(monday, time(), UTC)

    def offset_at(minute: int) -> int:
        return utc_offset_minutes(zone, begin + timedelta(minutes=minute))

    cuts = [0]
    for hour in range(0, WEEK, 60):
        low, high = hour, min(hour + 60, WEEK - 1)
        if offset_at(low) == offset_at(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset_at(middle) == offset_at(low) else (low, middle)
        cuts.append(high)
    return tuple(_Stretch(start, end, offset_at(start)) for start, end in zip(cuts, [*cuts[1:], WEEK], strict=True))


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
