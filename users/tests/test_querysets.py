"""Reads with more to them than a filter."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from users.models import MentorListing, User
from users.regions import TIME_ZONES, ZONE_OF_COUNTRY
from users.tests.clocks import elsewhere
from users.tests.factories import (
    AvailabilitySlotFactory,
    LeaveWindowFactory,
    MentorFactory,
    ProfileFactory,
    ProfileSkillFactory,
    SkillFactory,
    WantedSkillFactory,
)

pytestmark = pytest.mark.django_db


def test_not_on_leave_leaves_out_who_is_away_today_and_nobody_else() -> None:
    today = timezone.now().date()
    here, away, between = (MentorFactory() for _ in range(3))
    LeaveWindowFactory(profile=away, starts_on=today, ends_on=today)
    # One that is over and one to come: neither is today, though each meets one half of the condition.
    LeaveWindowFactory(profile=between, starts_on=today - timedelta(9), ends_on=today - timedelta(2))
    LeaveWindowFactory(profile=between, starts_on=today + timedelta(2), ends_on=today + timedelta(9))

    assert {listing.profile for listing in MentorListing.objects.not_on_leave()} == {here, between}


@pytest.mark.parametrize("is_their_day", [True, False])
def test_leave_is_a_day_where_the_mentor_lives(*, is_their_day: bool) -> None:
    now = timezone.now()
    zone, their_day = elsewhere(now)
    day = their_day if is_their_day else now.date()
    LeaveWindowFactory(profile=MentorFactory(time_zone=zone), starts_on=day, ends_on=day)

    assert MentorListing.objects.not_on_leave().exists() != is_their_day


def test_mentors_are_people_who_offer_mentoring_and_have_said_for_how_many() -> None:
    mentor = MentorFactory()
    ProfileFactory()
    MentorFactory(is_offering_mentoring=False)
    MentorFactory(user__is_active=False)
    MentorFactory(mentoring_capacity=0)

    assert list(User.objects.mentors()) == [mentor.user]


# 29 March 2026: Berlin's clocks go from 02:00 to 03:00 at 01:00 UTC. 25 October: from 03:00 to 02:00 at 01:00 UTC.
@pytest.mark.parametrize(
    ("weekday", "starts_at", "ends_at", "moment", "is_there"),
    [
        (0, "18:00", "20:00", datetime(2026, 1, 5, 17, 0, tzinfo=UTC), True),
        (0, "18:00", "20:00", datetime(2026, 1, 5, 18, 59, tzinfo=UTC), True),
        (0, "18:00", "20:00", datetime(2026, 1, 5, 19, 0, tzinfo=UTC), False),
        (0, "18:00", "20:00", datetime(2026, 7, 6, 16, 0, tzinfo=UTC), True),
        (0, "18:00", "20:00", datetime(2026, 7, 7, 16, 0, tzinfo=UTC), False),
        # Across midnight, and from Sunday to Monday.
        (6, "22:00", "02:00", datetime(2026, 1, 4, 22, 0, tzinfo=UTC), True),
        (6, "22:00", "02:00", datetime(2026, 1, 5, 0, 59, tzinfo=UTC), True),
        (6, "22:00", "02:00", datetime(2026, 1, 5, 1, 0, tzinfo=UTC), False),
        (6, "22:00", "02:00", datetime(2026, 1, 4, 0, 30, tzinfo=UTC), False),
        (0, "22:00", "00:00", datetime(2026, 1, 5, 22, 59, tzinfo=UTC), True),
        (0, "22:00", "00:00", datetime(2026, 1, 5, 23, 0, tzinfo=UTC), False),
        # The hour that spring leaves out is no time; the slot around it is an hour shorter.
        (6, "02:00", "03:00", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), False),
        (6, "02:00", "03:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), False),
        (5, "23:00", "04:00", datetime(2026, 3, 29, 1, 59, tzinfo=UTC), True),
        (5, "23:00", "04:00", datetime(2026, 3, 29, 2, 0, tzinfo=UTC), False),
        # The hour that autumn repeats counts twice.
        (6, "02:00", "03:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
        (6, "02:00", "03:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
        (6, "02:00", "03:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False),
    ],
)
def test_people_are_available_when_their_clock_stands_in_a_slot(
    weekday: int, starts_at: str, ends_at: str, moment: datetime, is_there: bool
) -> None:
    profile = ProfileFactory(time_zone="Europe/Berlin")
    AvailabilitySlotFactory(
        profile=profile,
        weekday=weekday,
        starts_at=time.fromisoformat(starts_at),
        ends_at=time.fromisoformat(ends_at),
    )

    assert list(User.objects.available_at(moment)) == ([profile.user] if is_there else [])


def test_database_knows_every_zone_that_a_profile_may_name() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        known = {name for (name,) in cursor.fetchall()}

    assert TIME_ZONES - known == set(), "one such mentor would make every statement about leave fail"
    assert {*ZONE_OF_COUNTRY.values()} <= TIME_ZONES
    assert not {"localtime", "Factory"} & TIME_ZONES


def test_people_on_leave_that_day_by_their_own_calendar_are_not_available() -> None:
    profile = ProfileFactory(time_zone="Pacific/Auckland")
    for weekday in range(7):
        AvailabilitySlotFactory(profile=profile, weekday=weekday, starts_at=time(0), ends_at=time(23, 59))
    LeaveWindowFactory(profile=profile, starts_on=date(2026, 1, 7), ends_on=date(2026, 1, 7))

    # 7 January begins in Auckland at 11:00 UTC of the 6th.
    assert User.objects.available_at(datetime(2026, 1, 6, 10, 0, tzinfo=UTC)).exists()
    assert not User.objects.available_at(datetime(2026, 1, 6, 11, 0, tzinfo=UTC)).exists()
    assert not User.objects.available_at(datetime(2026, 1, 7, 10, 0, tzinfo=UTC)).exists()
    assert User.objects.available_at(datetime(2026, 1, 7, 11, 0, tzinfo=UTC)).exists()


def test_open_slots_are_on_the_readers_clock_on_both_sides_of_a_change() -> None:
    profile = ProfileFactory(time_zone="America/New_York")
    AvailabilitySlotFactory(profile=profile, weekday=0, starts_at=time(18), ends_at=time(20))
    berlin = ZoneInfo("Europe/Berlin")

    # New York changes on 8 March, Berlin on the 29th: for three weeks they are an hour closer.
    begins = [profile.open_slots(berlin, date(2026, month, day))[0][0] for month, day in ((3, 2), (3, 9), (3, 30))]

    assert [f"{begin:%d.%m. %H:%M}" for begin in begins] == ["03.03. 00:00", "09.03. 23:00", "31.03. 00:00"]


def test_open_slots_leave_days_of_leave_out() -> None:
    profile = ProfileFactory(time_zone="Europe/Berlin")
    for weekday in (0, 4):
        AvailabilitySlotFactory(profile=profile, weekday=weekday, starts_at=time(18), ends_at=time(20))
    LeaveWindowFactory(profile=profile, starts_on=date(2026, 8, 3), ends_on=date(2026, 8, 14))

    weeks = [profile.open_slots(ZoneInfo("UTC"), date(2026, 8, day)) for day in (5, 12, 19)]

    assert [len(week) for week in weeks] == [0, 0, 2]


def test_shared_minutes_are_those_in_which_both_have_time() -> None:
    learner, mentor = ProfileFactory(time_zone="Europe/Berlin"), MentorFactory(time_zone="Europe/London")
    AvailabilitySlotFactory(profile=learner, weekday=2, starts_at=time(18), ends_at=time(21))
    AvailabilitySlotFactory(profile=mentor, weekday=2, starts_at=time(19), ends_at=time(22))
    AvailabilitySlotFactory(profile=mentor, weekday=3, starts_at=time(18), ends_at=time(21))

    assert learner.shared_minutes(mentor, date(2026, 1, 5)) == mentor.shared_minutes(learner, date(2026, 1, 5)) == 60


def test_shared_skills_are_at_the_level_that_both_have() -> None:
    learner, mentor = ProfileFactory(), MentorFactory()
    python, git = SkillFactory(slug="python"), SkillFactory(slug="git")
    ProfileSkillFactory(profile=learner, skill=python, level=2)
    ProfileSkillFactory(profile=learner, skill=git, level=1)
    ProfileSkillFactory(profile=mentor, skill=python, level=5)

    assert learner.shared_skills(mentor) == mentor.shared_skills(learner) == {"python": 2}


def test_completeness_is_the_share_of_what_a_profile_tells() -> None:
    profile = ProfileFactory(headline="", bio="", country="", languages=[])
    empty = profile.completeness
    profile.headline, profile.bio, profile.country, profile.languages = "Learns", "Long since.", "DE", ["de"]
    half = profile.completeness
    ProfileSkillFactory(profile=profile)
    WantedSkillFactory(profile=profile)
    AvailabilitySlotFactory(profile=profile)

    assert (empty, half, profile.completeness) == (0, 57, 100)
