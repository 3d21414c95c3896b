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
