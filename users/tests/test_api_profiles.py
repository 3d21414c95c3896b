"""One's own profile over HTTP, and the list of mentors."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from users.enums import Role, SkillSource
from users.models import LeaveWindow, Profile, ProfileSkill, SkillSuggestion
from users.tests.factories import (
    AvailabilitySlotFactory,
    MentorFactory,
    ProfileFactory,
    ProfileSkillFactory,
    SkillFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"


@pytest.fixture
def profile() -> Profile:
    return ProfileFactory()


@pytest.fixture
def me(api_as: Any, profile: Profile) -> Any:
    return api_as(profile.user)


def errors_of(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def test_me_shows_account_and_profile_with_a_tag(me: Any, profile: Profile) -> None:
    response = me.get(ME)

    assert response.status_code == 200, response.content
    assert response.json() | {"email": profile.user.email, "time_zone": "UTC", "skills": []} == response.json()
    assert response.json()["id"] == str(profile.user_id)
    assert response.headers["ETag"].startswith('W/"')


def test_me_of_an_account_without_profile_makes_one(api_as: Any) -> None:
    user = UserFactory()

    first, second = api_as(user).get(ME), api_as(user).get(ME)

    assert first.json() == second.json()
    assert Profile.objects.get().user == user


def test_change_of_everything_is_what_comes_back(me: Any) -> None:
    SkillFactory(slug="javascript", name="JavaScript", aliases=["js"])
    SkillFactory(slug="python", name="Python", aliases=["py"])
    change = {
        "display_name": "Ada",
        "handle": "ada-l",
        "headline": "Counts",
        "bio": "Notes on the engine.",
        "country": "gb",
        "time_zone": "Europe/London",
        "languages": ["EN", "fr", "en"],
        "hours_per_week": 10,
        "is_seeking_mentoring": False,
        "mentoring_capacity": 3,
        "skills": [{"skill": "JS", "level": 2}],
        "wanted_skills": [{"skill": "Python", "level": 4}],
        "availability": [
            {"weekday": 6, "starts_at": "22:00", "ends_at": "01:00"},
            {"weekday": 1, "starts_at": "18:00", "ends_at": "20:00"},
        ],
        "leave_windows": [{"starts_on": "2027-01-01", "ends_on": "2027-01-07"}],
    }

    response = me.patch(ME, change)

    assert response.status_code == 200, response.content
    body = response.json()
    assert body == me.get(ME).json()
    assert (body["country"], body["languages"]) == ("GB", ["en", "fr"])
    assert body["skills"] == [
        {"skill": "javascript", "name": "JavaScript", "level": 2, "source": "self", "verified_at": None}
    ]
    assert body["wanted_skills"] == [{"skill": "python", "name": "Python", "level": 4}]
    assert body["availability"] == [change["availability"][1], change["availability"][0]]  # type: ignore[index]
    for name in ("display_name", "handle", "headline", "bio", "hours_per_week", "leave_windows", "mentoring_capacity"):
        assert body[name] == change[name]


def test_change_leaves_alone_what_it_does_not_name(me: Any, profile: Profile) -> None:
    ProfileSkillFactory(profile=profile)
    AvailabilitySlotFactory(profile=profile)
    before = me.get(ME).json()

    after = me.patch(ME, {"headline": "New"}).json()

    assert {**after, "updated_at": ""} == {**before, "headline": "New", "updated_at": ""}


def test_empty_lists_empty_the_lists(me: Any, profile: Profile) -> None:
    ProfileSkillFactory(profile=profile)
    AvailabilitySlotFactory(profile=profile)

    body = me.patch(ME, {"skills": [], "availability": []}).json()

    assert (body["skills"], body["availability"]) == ([], [])


def test_own_level_is_changed_in_place_and_the_rest_replaced(me: Any, profile: Profile) -> None:
    kept, dropped, same = (ProfileSkillFactory(profile=profile, level=2) for _ in range(3))
    added = SkillFactory()

    me.patch(
        ME,
        {
            "skills": [
                {"skill": kept.skill.slug, "level": 5},
                {"skill": added.slug, "level": 0},
                {"skill": same.skill.slug, "level": 2},
            ]
        },
    )

    levels = dict(ProfileSkill.objects.values_list("skill_id", "level"))
    assert levels == {kept.skill_id: 5, added.pk: 0, same.skill_id: 2}
    assert ProfileSkill.objects.filter(pk=kept.pk).exists()
    assert not ProfileSkill.objects.filter(pk=dropped.pk).exists()


@pytest.mark.parametrize("source", [SkillSource.MENTOR, SkillSource.EVIDENCE])
def test_own_statement_never_overwrites_what_others_vouch_for(me: Any, profile: Profile, source: str) -> None:
    vouched = ProfileSkillFactory(profile=profile, level=2, source=source, verified_at=timezone.now())

    stated = me.patch(ME, {"skills": [{"skill": vouched.skill.slug, "level": 5}]}).json()
    left_out = me.patch(ME, {"skills": []}).json()

    for body in (stated, left_out):
        assert [(each["level"], each["source"]) for each in body["skills"]] == [(2, source)]


def test_unknown_skill_names_its_place_and_what_is_close_and_keeps_nothing(me: Any) -> None:
    SkillFactory(slug="kubernetes", name="Kubernetes", aliases=["k8s"])
    SkillFactory(slug="python", name="Python")

    response = me.patch(
        ME, {"headline": "New", "skills": [{"skill": "python", "level": 1}, {"skill": "kubernets", "level": 1}]}
    )

    assert errors_of(response) == [("skills[1].skill", "unknown_skill")]
    assert "Did you mean kubernetes?" in response.json()["errors"][0]["message"]
    assert not ProfileSkill.objects.exists()
    assert not SkillSuggestion.objects.exists()
    assert me.get(ME).json()["headline"] == "Learning every day"


def test_unknown_skill_like_nothing_is_refused_without_a_guess(me: Any) -> None:
    SkillFactory(slug="python", name="Python")

    response = me.patch(ME, {"wanted_skills": [{"skill": "q", "level": 1}, {"skill": "xylophone", "level": 1}]})

    assert errors_of(response) == [
        ("wanted_skills[0].skill", "unknown_skill"),
        ("wanted_skills[1].skill", "unknown_skill"),
    ]
    assert "Did you mean" not in response.text


def test_one_skill_by_two_names_is_refused(me: Any) -> None:
    SkillFactory(slug="javascript", name="JavaScript", aliases=["js"])

    response = me.patch(ME, {"skills": [{"skill": "js", "level": 1}, {"skill": "JavaScript", "level": 2}]})

    assert errors_of(response) == [("skills[1].skill", "duplicate_skill")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"country": "EU"}, "country"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "localtime"}, "time_zone"),
        ({"time_zone": "Factory"}, "time_zone"),
        ({"languages": ["en", "english"]}, "languages[1]"),
        ({"languages": ["xx"]}, "languages[0]"),
        ({"languages": ["EN", "de", "xx"]}, "languages[2]"),
        ({"hours_per_week": 0}, "hours_per_week"),
        ({"hours_per_week": 81}, "hours_per_week"),
        ({"mentoring_capacity": 51}, "mentoring_capacity"),
        ({"handle": "Bad Handle"}, "handle"),
        ({"skills": [{"skill": "x", "level": 6}]}, "skills[0].level"),
        ({"wanted_skills": [{"skill": "x", "level": 0}]}, "wanted_skills[0].level"),
        ({"availability": [{"weekday": 7, "starts_at": "18:00", "ends_at": "20:00"}]}, "availability[0].weekday"),
        ({"availability": [{"weekday": 0, "starts_at": "18:00", "ends_at": "18:00"}]}, "availability[0].ends_at"),
        ({"availability": [{"weekday": 0, "starts_at": "noon", "ends_at": "18:00"}]}, "availability[0].starts_at"),
        ({"leave_windows": [{"starts_on": "2027-01-02", "ends_on": "2027-01-01"}]}, "leave_windows[0].ends_on"),
        ({"leave_windows": [{"starts_on": "2027-01-02", "ends_on": "9999-12-31"}]}, "leave_windows[0].ends_on"),
        ({"is_offering_mentoring": True}, "is_offering_mentoring"),
        (
            {
                "availability": [
                    {"weekday": 6, "starts_at": "23:00", "ends_at": "02:00"},
                    {"weekday": 0, "starts_at": "01:00", "ends_at": "03:00"},
                ]
            },
            "availability[1]",
        ),
    ],
)
def test_bad_field_is_named(me: Any, change: dict[str, Any], field: str) -> None:
    assert [name for name, _ in errors_of(me.patch(ME, change))] == [field]


def test_role_and_address_cannot_be_changed_here(me: Any, profile: Profile) -> None:
    me.patch(ME, {"role": "admin", "email": "other@example.org"})

    profile.user.refresh_from_db()
    assert (profile.user.role, profile.user.email.endswith("@skillbridge.test")) == (Role.LEARNER, True)


def test_mentor_without_room_cannot_offer_mentoring(api_as: Any) -> None:
    mentor = MentorFactory(is_offering_mentoring=False, mentoring_capacity=0)

    refused = api_as(mentor.user).patch(ME, {"is_offering_mentoring": True})
    accepted = api_as(mentor.user).patch(ME, {"is_offering_mentoring": True, "mentoring_capacity": 1})

    assert errors_of(refused) == [("mentoring_capacity", "invalid")]
    assert accepted.json()["is_offering_mentoring"] is True


@pytest.mark.parametrize(
    "handle",
    ["admin", "support", "moderator", "skillbridge", "ask-skill-bridge", "admin-1", "support_team", "all", "noreply"],
)
def test_handle_that_speaks_for_the_platform_is_for_those_who_run_it(me: Any, api_as: Any, handle: str) -> None:
    refused = me.patch(ME, {"handle": handle})

    assert errors_of(refused) == [("handle", "handle_reserved")]
    assert "for those who run the platform" in refused.json()["errors"][0]["message"]
    moderator = api_as(UserFactory(role=Role.MODERATOR))
    assert moderator.patch(ME, {"handle": handle}).json()["handle"] == handle


@pytest.mark.parametrize("handle", ["ada-admin", "supporter", "modest", "teamwork", "bridget-skill", "information"])
def test_handle_that_only_begins_like_a_reserved_one_is_free(me: Any, profile: Profile, handle: str) -> None:
    assert me.patch(ME, {"handle": handle}).status_code == 200


def test_taken_handle_is_a_conflict_and_the_own_one_is_not(me: Any, profile: Profile) -> None:
    UserFactory(handle="taken")

    taken, own = me.patch(ME, {"handle": "taken"}), me.patch(ME, {"handle": profile.user.handle})

    assert (taken.status_code, taken.json()["code"]) == (409, "handle_taken")
    assert own.status_code == 200


def test_change_of_an_older_version_is_refused_with_the_current_tag(me: Any) -> None:
    old = me.get(ME).headers["ETag"]
    current = me.patch(ME, {"headline": "First"}, HTTP_IF_MATCH=old).headers["ETag"]

    late = me.patch(ME, {"headline": "Second"}, HTTP_IF_MATCH=old)

    assert (late.status_code, late.headers["ETag"]) == (412, current)
    assert me.get(ME).json()["headline"] == "First"


def test_change_of_the_account_alone_changes_the_tag(me: Any) -> None:
    old = me.get(ME).headers["ETag"]

    assert me.patch(ME, {"display_name": "Other"}).headers["ETag"] != old


def test_mentors_are_those_who_are_open_for_learners(api_as: Any) -> None:
    mentor = MentorFactory()
    MentorFactory(is_offering_mentoring=False)
    MentorFactory(user__is_active=False)
    away = MentorFactory()
    today = timezone.now().date()
    LeaveWindow.objects.create(profile=away, starts_on=today - timedelta(days=1), ends_on=today)
    back = MentorFactory()
    LeaveWindow.objects.create(profile=back, starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))

    response = api_as(UserFactory()).get("/api/v1/mentors/")

    assert [each["id"] for each in response.json()["results"]] == [str(back.user_id), str(mentor.user_id)]
    assert "email" not in response.json()["results"][0]


def test_mentors_can_be_filtered(api_as: Any) -> None:
    skill = SkillFactory(slug="javascript", name="JavaScript", aliases=["js"])
    mentor = MentorFactory(country="DE", languages=["de", "en"])
    ProfileSkillFactory(profile=mentor, skill=skill)
    MentorFactory(country="FR", languages=["fr"])
    client = api_as(UserFactory())

    for query in ({"skill": "JS"}, {"language": "de"}, {"country": "de"}, {"skill": "js", "country": "DE"}):
        found = client.get("/api/v1/mentors/", query).json()["results"]
        assert [each["id"] for each in found] == [str(mentor.user_id)], query
    assert client.get("/api/v1/mentors/", {"skill": "js", "country": "FR"}).json()["results"] == []


@pytest.fixture
def mentors() -> dict[str, Profile]:
    """`both` knows Python at 3 and Git at 1, `python` Python at 2, `git` Git at 5; the zones are in that order."""
    python, git = SkillFactory(slug="python", name="Python", aliases=["py"]), SkillFactory(slug="git", name="Git")
    both = MentorFactory(time_zone="Europe/Berlin")
    one, other = MentorFactory(time_zone="America/New_York"), MentorFactory(time_zone="Pacific/Auckland")
    for profile, skill, level in ((both, python, 3), (both, git, 1), (one, python, 2), (other, git, 5)):
        ProfileSkillFactory(profile=profile, skill=skill, level=level)
    return {"both": both, "python": one, "git": other}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"skills": "py,Git"}, {"both"}),
        ({"skills": "py, git", "skills_match": "all"}, {"both"}),
        ({"skills": "python,git", "skills_match": "any"}, {"both", "python", "git"}),
        ({"skills": "python:3"}, {"both"}),
        ({"skills": "python:2"}, {"both", "python"}),
        ({"skills": "python:3,git:2"}, set()),
        ({"skills": "python:3,git:2", "skills_match": "any"}, {"both", "git"}),
        ({"skills": "python,alchemy", "skills_match": "any"}, {"both", "python"}),
        ({"skills": "git", "skill": "python"}, {"both"}),
        ({"skills_match": "any"}, {"both", "python", "git"}),
        ({"zone": "Europe/Paris", "shared_hours": "14"}, {"both"}),
        ({"zone": "Europe/Paris", "shared_hours": "7"}, {"both", "python"}),
        ({"zone": "Europe/Paris", "shared_hours": "1"}, {"both", "python", "git"}),
        ({"zone": "Australia/Sydney", "shared_hours": "10"}, {"git"}),
        ({"shared_hours": "12"}, {"both"}),
    ],
)
def test_mentors_by_skills_with_levels_and_by_shared_hours(
    api_as: Any, mentors: dict[str, Profile], query: dict[str, str], found: set[str]
) -> None:
    response = api_as(UserFactory()).get("/api/v1/mentors/", query)

    assert response.status_code == 200, response.content
    assert {each["id"] for each in response.json()["results"]} == {str(mentors[name].user_id) for name in found}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"skills": "python,alchemy"}, "skills[1]", "unknown_skill"),
        ({"skills": "python,,git"}, "skills[1]", "invalid"),
        ({"skills": ":3"}, "skills[0]", "invalid"),
        ({"skills": "python:6"}, "skills[0]", "invalid"),
        ({"skills": "git,python:high"}, "skills[1]", "invalid"),
        ({"skills": "git:1,git:2"}, "skills[1]", "duplicate_skill"),
        ({"skills": ",".join("abcdefghijk")}, "skills", "invalid"),
        ({"skills": "git", "skills_match": "some"}, "skills_match", "invalid_choice"),
        ({"zone": "Mars/Olympus", "shared_hours": "3"}, "zone", "invalid"),
        ({"shared_hours": "15"}, "shared_hours", "max_value"),
        ({"shared_hours": "0"}, "shared_hours", "min_value"),
    ],
)
def test_filter_of_mentors_that_is_wrong_names_its_element(
    api_as: Any, mentors: dict[str, Profile], query: dict[str, str], field: str, code: str
) -> None:
    assert errors_of(api_as(UserFactory()).get("/api/v1/mentors/", query)) == [(field, code)]


def test_mentors_by_a_skill_that_nobody_knows_is_an_error(api_as: Any) -> None:
    response = api_as(UserFactory()).get("/api/v1/mentors/", {"skill": "alchemy"})

    assert errors_of(response) == [("skill", "unknown_skill")]


def test_mentor_is_shown_by_account_and_others_are_not_there(api_as: Any) -> None:
    mentor, learner = MentorFactory(), ProfileFactory()
    client = api_as(UserFactory())

    assert client.get(f"/api/v1/mentors/{mentor.user_id}/").json()["handle"] == mentor.user.handle
    assert client.get(f"/api/v1/mentors/{learner.user_id}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["display_name", "headline"])
@pytest.mark.parametrize("text", ["Ada\r\nBcc: eve@example.org", "Ada\tL", "a\u202eb", "\x1b[31mred", "a\u2028b"])
def test_name_of_more_than_one_line_is_refused(me: Any, field: str, text: str) -> None:
    refused = me.patch(ME, {field: text})
    assert refused.status_code == 400
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [(field, "not_one_line")]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Zoë Ó Briain", "李明", "عائشة", "Владимир", "نیم\u200cفاصله"])
def test_names_of_all_scripts_are_taken(me: Any, name: str) -> None:
    assert me.patch(ME, {"display_name": name}).json()["display_name"] == name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"skills": [{"skill": "git"}]}, "skills[0].level"),
        ({"wanted_skills": [{"level": 3}]}, "wanted_skills[0].skill"),
        ({"availability": [{"weekday": 1, "ends_at": "20:00"}]}, "availability[0].starts_at"),
        ({"leave_windows": [{"starts_on": "2026-12-01"}]}, "leave_windows[0].ends_on"),
        ({"availability": [None]}, "availability[0]"),
    ],
)
def test_incomplete_item_of_a_list_names_what_is_missing(me: Any, changes: dict[str, Any], field: str) -> None:
    refused = me.patch(ME, changes)
    assert refused.status_code == 400
    assert field in [error["field"] for error in refused.json()["errors"]]
