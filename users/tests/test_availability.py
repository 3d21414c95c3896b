"""Weekly slots against the definition: an instant counts when the wall clock stands in a slot."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from users.availability import (
    WEEK,
    first_overlap,
    open_slots,
    shared_waking_minutes,
    utc_offset_minutes,
    utc_week_minutes,
    zones_sharing,
)

BERLIN = ZoneInfo("Europe/Berlin")
# Offsets of whole and half hours, a half-hour change of clocks, both hemispheres, and the far ends of the scale.
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Sao_Paulo", "Africa/Casablanca",
]  # fmt: skip


@dataclass(frozen=True)
class Wall:
    weekday: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True)
class Away:
    starts_on: date
    ends_on: date


def minutes_by_definition(slots: list[Wall], zone: ZoneInfo, week_of: date) -> set[int]:
    monday = datetime.combine(week_of - timedelta(days=week_of.weekday()), time(), UTC)
    found = set()
    for minute in range(WEEK):
        clock = (monday + timedelta(minutes=minute)).astimezone(zone)
        now = clock.time()
        for slot in slots:
            is_overnight = slot.ends_at <= slot.starts_at
            if is_overnight:
                is_in = (clock.weekday() == slot.weekday and now >= slot.starts_at) or (
                    clock.weekday() == (slot.weekday + 1) % 7 and now < slot.ends_at
                )
            else:
                is_in = clock.weekday() == slot.weekday and slot.starts_at <= now < slot.ends_at
            if is_in:
                found.add(minute)
                break
    return found


whole_minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
walls = st.builds(Wall, st.integers(0, 6), whole_minutes, whole_minutes).filter(lambda w: w.starts_at != w.ends_at)


@settings(max_examples=40, deadline=None)
@given(
    slots=st.lists(walls, max_size=5),
    zone=st.sampled_from(ZONES),
    week_of=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
)
def test_minutes_are_those_at_which_the_clock_stands_in_a_slot(slots: list[Wall], zone: str, week_of: date) -> None:
    pieces = utc_week_minutes(slots, ZoneInfo(zone), week_of)

    assert {m for start, end in pieces for m in range(start, end)} == minutes_by_definition(
        slots, ZoneInfo(zone), week_of
    )
    assert all(0 <= start < end <= WEEK for start, end in pieces)
    assert all(left[1] < right[0] for left, right in pairwise(pieces))


def test_hour_that_spring_leaves_out_is_no_time() -> None:
    sunday_night = [Wall(6, time(2), time(3))]

    assert utc_week_minutes(sunday_night, BERLIN, date(2026, 3, 29)) == []
    assert utc_week_minutes(sunday_night, BERLIN, date(2026, 3, 22)) == [(6 * 1440 + 60, 6 * 1440 + 120)]


def test_hour_that_autumn_repeats_counts_twice() -> None:
    assert utc_week_minutes([Wall(6, time(2), time(3))], BERLIN, date(2026, 10, 25)) == [(6 * 1440, 6 * 1440 + 120)]


def test_slot_over_the_weeks_end_goes_on_at_its_beginning() -> None:
    assert utc_week_minutes([Wall(6, time(23), time(1))], ZoneInfo("UTC"), date(2026, 6, 3)) == [
        (0, 60),
        (WEEK - 60, WEEK),
    ]


def told(slots: list[Wall], zone: str, reader: str, week_of: date, *leave: Away) -> list[str]:
    found = open_slots(slots, leave, ZoneInfo(zone), ZoneInfo(reader), week_of)
    return [f"{start:%d.%m. %H:%M} to {end:%d.%m. %H:%M}" for start, end in found]


@settings(max_examples=40, deadline=None)
@given(
    slots=st.lists(walls, max_size=4),
    zone=st.sampled_from(ZONES),
    reader=st.sampled_from(ZONES),
    week_of=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    leave=st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), max_size=2),
)
def test_weeks_one_after_the_other_show_all_time_but_leave_and_each_what_begins_in_it(
    slots: list[Wall], zone: str, reader: str, week_of: date, leave: list[tuple[int, int]]
) -> None:
    monday = week_of - timedelta(days=week_of.weekday())
    midnight = datetime.combine(monday, time(), UTC)
    away = [Away(monday + timedelta(days=day), monday + timedelta(days=day + more)) for day, more in leave]
    shown: set[int] = set()
    for shift in (-1, 0, 1):
        week = week_of + timedelta(days=7 * shift)
        for start, end in open_slots(slots, away, ZoneInfo(zone), ZoneInfo(reader), week):
            assert leave or start.date() - timedelta(days=start.weekday()) == monday + timedelta(days=7 * shift)
            first, last = ((at - midnight) // timedelta(minutes=1) for at in (start, end))
            shown |= set(range(max(first, 0), min(last, WEEK)))

    def is_away(minute: int) -> bool:
        day = (midnight + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)).date()
        return any(each.starts_on <= day <= each.ends_on for each in away)

    assert shown == {m for m in minutes_by_definition(slots, ZoneInfo(zone), week_of) if not is_away(m)}


def test_slot_at_the_edge_of_the_utc_week_is_shown_whole() -> None:
    """It was shown as this Monday's second hour and the next one's first."""
    monday_noon = [Wall(0, time(12), time(14))]

    assert told(monday_noon, "Pacific/Auckland", "Pacific/Auckland", date(2026, 6, 3)) == [
        "01.06. 12:00 to 01.06. 14:00"
    ]


def test_slot_over_the_end_of_the_readers_week_is_in_the_one_in_which_it_begins() -> None:
    sunday_night, week = [Wall(6, time(23), time(1))], date(2026, 6, 3)

    assert told(sunday_night, "UTC", "UTC", week) == ["07.06. 23:00 to 08.06. 01:00"]
    assert told(sunday_night, "UTC", "Asia/Kolkata", week) == ["01.06. 04:30 to 01.06. 06:30"]


def test_slots_keep_their_time_on_the_clock_when_it_changes() -> None:
    sunday = [Wall(6, time(1), time(5))]

    assert told(sunday, "Europe/Berlin", "UTC", date(2026, 3, 29)) == ["29.03. 00:00 to 29.03. 03:00"]
    assert told(sunday, "Europe/Berlin", "UTC", date(2026, 10, 25)) == ["24.10. 23:00 to 25.10. 04:00"]


def test_days_of_leave_are_those_where_the_owner_lives() -> None:
    nights, away = [Wall(day, time(22), time(2)) for day in (0, 1, 2)], Away(date(2026, 6, 2), date(2026, 6, 2))

    assert told(nights, "Asia/Kolkata", "Asia/Kolkata", date(2026, 6, 3), away) == [
        "01.06. 22:00 to 02.06. 00:00",
        "03.06. 00:00 to 03.06. 02:00",
        "03.06. 22:00 to 04.06. 02:00",
    ]
    assert told(nights, "Asia/Kolkata", "UTC", date(2026, 6, 3), Away(date.min, date.max)) == []


def test_offset_is_ahead_in_the_east_and_behind_in_the_west() -> None:
    at = datetime(2026, 1, 15, 12, tzinfo=UTC)

    assert utc_offset_minutes(ZoneInfo("Asia/Kolkata"), at) == 330
    assert utc_offset_minutes(ZoneInfo("America/New_York"), at) == -300
    assert utc_offset_minutes(BERLIN, at + timedelta(days=180)) == 120


def test_overlap_is_found_across_midnight_and_the_weeks_end() -> None:
    sunday_night = Wall(6, time(22), time(2))

    assert first_overlap([sunday_night, Wall(2, time(9), time(10)), Wall(0, time(1), time(3))]) == (0, 2)
    assert first_overlap([Wall(0, time(1), time(3)), sunday_night]) == (0, 1)
    assert first_overlap([sunday_night, Wall(0, time(2), time(3)), Wall(6, time(20), time(22))]) is None


@given(ahead=st.integers(-14 * 60, 14 * 60))
def test_shared_waking_minutes_are_those_at_which_both_clocks_are_in_the_day(ahead: int) -> None:
    both = sum(8 * 60 <= now < 22 * 60 and 8 * 60 <= (now + ahead) % 1440 < 22 * 60 for now in range(1440))

    assert shared_waking_minutes(ahead) == both


def test_zones_sharing_follow_the_clocks_of_the_day() -> None:
    # 11 March 2026: New York has changed its clocks, Berlin has not.
    summer_over_there, winter = datetime(2026, 3, 11, 12, tzinfo=UTC), datetime(2026, 2, 11, 12, tzinfo=UTC)

    assert "America/New_York" in zones_sharing("Europe/Berlin", minutes=9 * 60, at=summer_over_there)
    assert "America/New_York" not in zones_sharing("Europe/Berlin", minutes=9 * 60, at=winter)
    assert "Europe/Berlin" in zones_sharing("Europe/Berlin", minutes=14 * 60, at=winter)
