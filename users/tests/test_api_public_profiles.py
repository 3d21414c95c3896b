"""The public profile: what its owner opened, to whom, and nothing else."""

import json
from datetime import date, time
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from rest_framework.test import APIClient

from skillbridge_backend.core.access import DatabaseRole, enter_role
from users.enums import ProfilePart, Role
from users.models import Profile
from users.tests.factories import (
    AvailabilitySlotFactory,
    DepartureFactory,
    LeaveWindowFactory,
    PictureFactory,
    ProfileFactory,
    ProfileSkillFactory,
    SkillFactory,
    UserFactory,
    WantedSkillFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
ME = "/api/v1/users/me/"
ADA = "/api/v1/users/ada/"
ALWAYS = {"id", "handle", "display_name", "role", "member_since", "visibility"}
FIELDS = {part: part.value for part in ProfilePart} | {ProfilePart.AVAILABILITY: "open_slots"}


@pytest.fixture
def ada() -> Profile:
    """Has something in every part and opened none."""
    profile: Profile = ProfileFactory(
        user__handle="ada",
        user__display_name="Ada",
        headline="Counts",
        bio="On the engine.",
        country="GB",
        languages=["en", "fr"],
        time_zone="Europe/London",
    )
    ProfileSkillFactory(profile=profile, skill=SkillFactory(slug="python", name="Python"), level=4)
    WantedSkillFactory(profile=profile, skill=SkillFactory(slug="rust", name="Rust"), level=2)
    AvailabilitySlotFactory(profile=profile, weekday=1, starts_at=time(18), ends_at=time(20))
    PictureFactory(profile=profile)
    return profile


def opened(profile: Profile, visibility: str = "public", *parts: str) -> None:
    Profile.objects.filter(pk=profile.pk).update(visibility=visibility, public_parts=list(parts))


def test_nothing_is_public_until_it_is_opened(ada: Profile, api_as: Any) -> None:
    unknown = "/api/v1/users/nobody-has-this/"
    for client in (APIClient(), api_as(UserFactory())):
        closed, missing = client.get(ADA), client.get(unknown)

        assert closed.status_code == missing.status_code == 404
        told = [{k: v for k, v in each.json().items() if k != "request_id"} for each in (closed, missing)]
        assert told[0] == told[1]
        assert told[0]["code"] == "not_found"


def test_owner_opens_it_by_the_profile_and_closes_it_again(ada: Profile, api_as: Any) -> None:
    me = api_as(ada.user)
    tag = me.get(ME)["ETag"]
    change = {"visibility": "public", "public_parts": ["country", "skills", "country"]}

    changed = me.patch(ME, change, HTTP_IF_MATCH=tag)

    assert changed.status_code == 200, changed.content
    assert (changed.json()["visibility"], changed.json()["public_parts"]) == ("public", ["country", "skills"])
    assert APIClient().get(ADA).json()["country"] == "GB"
    assert me.patch(ME, {"visibility": "nobody"}, HTTP_IF_MATCH=tag).status_code == 412
    assert me.patch(ME, {"visibility": "nobody"}).status_code == 200
    assert APIClient().get(ADA).status_code == 404


@pytest.mark.parametrize("part", [None, *ProfilePart])
def test_one_part_is_opened_and_the_others_are_not_told(ada: Profile, part: ProfilePart | None) -> None:
    opened(ada, "public", *([part] if part else []))

    response = APIClient().get(ADA)

    body = response.json()
    assert set(body) == ALWAYS | set(FIELDS.values()) | {"bio_html"}
    told = {FIELDS[part]} if part else set()
    told |= {"bio_html"} if part == ProfilePart.BIO else set()
    assert {name for name, value in body.items() if value is not None} == ALWAYS | told
    assert (body["id"], body["display_name"], body["role"]) == (str(ada.user_id), "Ada", "learner")
    for secret in (ada.user.email, "Europe/London"):
        assert secret not in response.content.decode()


def test_opened_parts_say_what_the_profile_says(ada: Profile) -> None:
    opened(ada, "public", *ProfilePart.values)

    body = APIClient().get(ADA, {"zone": "Asia/Kolkata", "week_of": "2026-11-26"}).json()

    assert {name: body[name] for name in ("headline", "bio", "bio_html", "country", "languages")} == {
        "headline": "Counts", "bio": "On the engine.", "bio_html": "<p>On the engine.</p>\n", "country": "GB",
        "languages": ["en", "fr"],
    }  # fmt: skip
    assert body["skills"] == [{"skill": "python", "name": "Python", "level": 4, "source": "self", "verified_at": None}]
    assert body["wanted_skills"] == [{"skill": "rust", "name": "Rust", "level": 2}]
    assert body["open_slots"] == [{"starts_at": "2026-11-24T23:30:00+05:30", "ends_at": "2026-11-25T01:30:00+05:30"}]
    assert body["picture"]["large"].endswith(f"/pictures/{ada.picture.name}/large/")


def test_times_are_on_the_readers_clock(ada: Profile, api_as: Any) -> None:
    opened(ada, "members", "availability")
    reader = ProfileFactory(time_zone="America/New_York").user

    own = api_as(reader).get(ADA, {"week_of": "2026-11-26"}).json()["open_slots"]
    asked = api_as(reader).get(ADA, {"week_of": "2026-11-26", "zone": "UTC"}).json()["open_slots"]
    without = api_as(UserFactory()).get(ADA, {"week_of": "2026-11-26"}).json()["open_slots"]

    assert own == [{"starts_at": "2026-11-24T13:00:00-05:00", "ends_at": "2026-11-24T15:00:00-05:00"}]
    assert asked == without == [{"starts_at": "2026-11-24T18:00:00+00:00", "ends_at": "2026-11-24T20:00:00+00:00"}]


def test_who_is_on_leave_shows_no_slots_of_those_days(ada: Profile, api: Any) -> None:
    """The same mentor was at home on the profile and away in the list."""
    opened(ada, "public", "availability")
    LeaveWindowFactory(profile=ada, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 27))

    weeks = [api.get(ADA, {"week_of": f"2026-11-{day}"}).json()["open_slots"] for day in (24, 30)]

    assert [len(week) for week in weeks] == [0, 1]
    assert "leave_windows" not in api.get(ADA).json()


def test_days_of_leave_are_told_with_the_slots_alone(ada: Profile) -> None:
    LeaveWindowFactory(profile=ada, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 27))

    def told() -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            enter_role(DatabaseRole.ANONYMOUS)
            cursor.execute("SELECT private.users_shown_leave('ada')::text")
            (found,) = cursor.fetchone()
        return found and json.loads(found)

    opened(ada, "public", "bio")
    assert told() is None
    opened(ada, "members", "availability")
    assert told() is None
    opened(ada, "public", "availability")
    assert told() == [{"starts_on": "2026-11-23", "ends_on": "2026-11-27"}]


def test_profile_for_members_is_closed_to_visitors(ada: Profile, api_as: Any) -> None:
    opened(ada, "members", "country")

    assert APIClient().get(ADA).status_code == 404
    assert api_as(UserFactory()).get(ADA).json()["country"] == "GB"


def test_owner_sees_what_others_would_and_moderators_everything(ada: Profile, api_as: Any) -> None:
    opened(ada, "nobody", "country")

    own = api_as(ada.user).get(ADA).json()
    moderators = api_as(UserFactory(role=Role.MODERATOR)).get(ADA).json()

    assert (own["country"], own["headline"], own["visibility"]) == ("GB", None, "nobody")
    assert None not in moderators.values()


def test_closed_and_leaving_accounts_have_no_public_profile(ada: Profile) -> None:
    opened(ada, "public")
    departure = DepartureFactory(user=ada.user)
    assert APIClient().get(ADA).status_code == 404
    departure.delete()
    assert APIClient().get(ADA).status_code == 200
    ada.user.is_active = False
    ada.user.save()
    assert APIClient().get(ADA).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"visibility": "friends"}, "visibility"),
        ({"public_parts": ["country", "email"]}, "public_parts[1]"),
        ({"public_parts": "country"}, "public_parts"),
    ],
)
def test_what_cannot_be_opened_is_named(ada: Profile, api_as: Any, change: Any, field: str) -> None:
    response = api_as(ada.user).patch(ME, change)

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["field"] == field
    if field != "public_parts":
        assert "Write one of" in error["message"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"zone": "Mars/Base"}, "zone"), ({"week_of": "1999-01-01"}, "week_of"), ({"week_of": "soon"}, "week_of")],
)
def test_clock_and_week_that_make_no_sense_are_named(ada: Profile, asked: Any, field: str) -> None:
    opened(ada, "public", "availability")

    response = APIClient().get(ADA, asked)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_handle_in_capitals_is_the_same_person(ada: Profile) -> None:
    opened(ada, "public")

    assert APIClient().get("/api/v1/users/ADA/").json()["handle"] == "ada"


def test_visitor_with_sql_of_their_own_reads_no_more(ada: Profile) -> None:
    """The rule is the database's: clients that speak to it go the same way, and the table itself is closed to them."""
    opened(ada, "public", "country")

    def asked(statement: str) -> list[Any]:
        with transaction.atomic(), connection.cursor() as cursor:
            enter_role(DatabaseRole.ANONYMOUS)
            cursor.execute(statement)
            return list(cursor.fetchall())

    told = asked("SELECT country, headline, skills, picture FROM private.users_public_profile('ada')")
    assert told == [("GB", None, None, None)]
    for table in ("users_profile", "users_picture", "users_contactchannel"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            asked(f"SELECT * FROM {table}")
