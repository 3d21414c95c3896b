"""Suggestions: the best mentors for the one who asks, by the matcher or without it."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from matches.matcher_client import shared_client
from matches.models import MentorMatch, Review
from matches.services.explanations import local_window, would_help
from matches.services.people import REFUSAL_COUNTS_FOR
from matches.tests.factories import MatchFactory, ReviewFactory, offering, python, seeking
from matches.tests.far_side import FarSide
from users.models import LeaveWindow, Profile, SkillPrerequisite
from users.tests.factories import AvailabilitySlotFactory, ProfileSkillFactory, SkillFactory

# The view has no transaction of its own around it, so these tests have none either.
pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/matches/suggestions/"


@pytest.fixture
def far_side(settings: Settings) -> Iterator[FarSide]:
    """A server on loopback in the matcher's place, that a test makes answer as it wants."""
    with FarSide() as server:
        settings.MATCHER_URL = server.url
        settings.MATCHER_TIMEOUT_SECONDS = 0.5
        yield server


@pytest.fixture
def no_matcher(settings: Settings) -> None:
    with FarSide() as server:
        settings.MATCHER_URL = server.url
    # Nobody listens there any more.


def test_best_mentors_come_first_with_components_that_add_up_and_a_sentence(no_matcher: None, api_as: Any) -> None:
    skill = python()
    learner = seeking({skill: 4}, time_zone="Europe/Berlin")
    good = offering({skill: 5}, time_zone="Europe/Berlin", mentoring_capacity=3)
    fair = offering({skill: 2})
    for person in (learner, good):
        AvailabilitySlotFactory(
            profile=Profile.objects.get(user=person), weekday=1, starts_at=time(18), ends_at=time(20)
        )
    response = api_as(learner).get(URL)
    assert response.status_code == 200, response.content
    best, second = response.data["suggestions"]
    assert [best["mentor"]["id"], second["mentor"]["id"]] == [str(good.pk), str(fair.pk)]
    for one in (best, second):
        assert sum(part["points"] for part in one["components"].values()) == one["score"]
    assert best["why"] == (
        "Knows Python at level 5 (you want 4); shares 2 hours a week with you "
        "(Tuesday 18:00 to 20:00, Europe/Berlin); speaks English."
    )
    assert (best["places_left"], best["overlap_minutes"]) == (3, 120)
    assert (response.data["solver"], response.data["is_fallback"]) == ("python/scipy", True)
    assert "built-in solver" in response.data["notice"]


def test_matcher_is_asked_with_request_id_token_and_deadline(
    far_side: FarSide, settings: Settings, api_as: Any
) -> None:
    settings.MATCHER_TOKEN = "secret"
    skill = python()
    learner, mentor = seeking({skill: 4}), offering({skill: 5})
    far_side.answer = far_side.suggesting(str(mentor.pk))
    response = api_as(learner).get(URL, {"limit": 3}, HTTP_X_REQUEST_ID="a-request-of-mine")
    assert response.status_code == 200, response.content
    assert (response.data["is_fallback"], response.data["notice"]) == (False, None)
    assert response.data["solver"] == "far-side"
    request = far_side.requests[0]
    assert request.path == "/v1/suggest"
    assert request.headers["X-Request-ID"] == "a-request-of-mine"
    assert request.headers["Authorization"] == "Bearer secret"
    assert 0 < int(request.headers["X-Deadline-Ms"]) <= 500
    assert request.body["k"] == 3
    assert request.body["learner"]["wants"] == [
        {"skill": "python", "level": 4, "from": 0, "weight": 400, "related": []}
    ]


@pytest.mark.parametrize(
    "behaviour",
    ["garbage", "not_json", "status_500", "unauthorized", "foreign", "silent", "drips", "drips_headers", "busy"],
)
def test_matcher_that_gives_no_usable_answer_is_replaced_in_time(
    behaviour: str, far_side: FarSide, api_as: Any
) -> None:
    skill = python()
    learner, mentor = seeking({skill: 4}), offering({skill: 5})
    far_side.behaviour = behaviour
    response = api_as(learner).get(URL)
    assert response.status_code == 200, response.content
    assert response.data["is_fallback"] is True
    assert [one["mentor"]["id"] for one in response.data["suggestions"]] == [str(mentor.pk)]


def test_answer_of_a_peer_that_lacks_something_is_neither_read_nor_kept(far_side: FarSide, api_as: Any) -> None:
    skill = python()
    learner, mentor = seeking({skill: 4}), offering({skill: 5})
    far_side.answer = far_side.suggesting(str(mentor.pk))
    del far_side.answer["suggestions"][0]["overlap_minutes"]
    client = api_as(learner)
    response = client.get(URL)
    assert (response.status_code, response.data["is_fallback"]) == (200, True)

    far_side.answer = far_side.suggesting(str(mentor.pk))
    assert client.get(URL).data["is_fallback"] is False


def test_matcher_that_keeps_failing_is_left_alone(far_side: FarSide, api_as: Any) -> None:
    skill = python()
    learner = seeking({skill: 4})
    offering({skill: 5})
    far_side.behaviour = "status_500"
    for _ in range(5):
        assert api_as(learner).get(URL).data["is_fallback"] is True
    assert len(far_side.requests) == 3


def test_mentors_who_cannot_help_are_left_out(no_matcher: None, api_as: Any) -> None:
    skill, other = python(), SkillFactory()
    learner = seeking({skill: 3}, languages=["en"])
    available = offering({skill: 3}, languages=[])
    offering({other: 5})
    offering({skill: 0})
    offering({skill: 5}, languages=["fr"])
    offering({skill: 5}, is_offering_mentoring=False)
    full = offering({skill: 5}, mentoring_capacity=1)
    MatchFactory.in_state("active", mentor=full)
    away = offering({skill: 5})
    LeaveWindow.objects.create(
        profile=Profile.objects.get(user=away),
        starts_on=date.today() - timedelta(days=1),
        ends_on=date.today() + timedelta(days=1),
    )
    asked = offering({skill: 5})
    MatchFactory(learner=learner, mentor=asked)
    back = offering({skill: 4})
    for starts, ends in ((-9, -8), (8, 9)):
        LeaveWindow.objects.create(
            profile=Profile.objects.get(user=back),
            starts_on=date.today() + timedelta(days=starts),
            ends_on=date.today() + timedelta(days=ends),
        )
    found = api_as(learner).get(URL).data
    assert {one["mentor"]["id"] for one in found["suggestions"]} == {str(available.pk), str(back.pk)}
    assert found["considered"] == 2


def test_other_skills_than_the_profiles_can_be_asked_for(no_matcher: None, api_as: Any) -> None:
    skill, other = python(), SkillFactory(slug="rust", name="Rust")
    learner = seeking({skill: 3})
    mentor = offering({other: 2})
    response = api_as(learner).get(URL, {"wanted": "rust:4"})
    assert [one["mentor"]["id"] for one in response.data["suggestions"]] == [str(mentor.pk)]
    assert "Rust at level 2 (you want 4)" in response.data["suggestions"][0]["why"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "21"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"wanted": "python"}, "wanted"),
        ({"wanted": "python:6"}, "wanted"),
        ({"wanted": "python:3,python:4"}, "wanted"),
        ({"wanted": "no-such-skill:3"}, "wanted"),
    ],
)
def test_wrong_query_names_the_field(query: dict[str, str], field: str, api_as: Any) -> None:
    response = api_as(seeking({python(): 3})).get(URL, query)
    assert response.status_code == 400
    assert {error["field"].split("[")[0] for error in response.json()["errors"]} == {field}


def test_profile_without_wanted_skills_is_told_what_to_fill_in(api_as: Any) -> None:
    response = api_as(seeking({})).get(URL)
    assert (response.status_code, response.json()["code"]) == (409, "profile_incomplete")
    assert response.json()["errors"][0]["field"] == "wanted_skills"


def test_person_without_profile_is_told_so(api_as: Any) -> None:
    learner = seeking({})
    learner.profile.delete()
    response = api_as(learner).get(URL)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (409, "profile")


def test_nobody_gets_no_suggestions(api: Any) -> None:
    assert api.get(URL).status_code == 401


def test_client_is_shared_until_the_settings_change(settings: Settings) -> None:
    first = shared_client()
    assert shared_client() is first
    settings.MATCHER_TIMEOUT_SECONDS = 9.5
    assert shared_client() is not first


def test_same_question_is_not_asked_twice_and_whatever_changes_makes_it_another(far_side: FarSide, api_as: Any) -> None:
    skill = python()
    learner, mentor, other = seeking({skill: 4}), offering({skill: 5}), offering({skill: 3})
    far_side.answer = far_side.suggesting(str(mentor.pk))
    client = api_as(learner)
    first = client.get(URL)
    assert client.get(URL).data == first.data
    assert len(far_side.requests) == 1

    today = date.today()
    profile = Profile.objects.get(user=mentor)
    changes: list[Any] = [
        lambda: Profile.objects.filter(user=learner).update(languages=["en", "fr"]),
        lambda: AvailabilitySlotFactory(profile=profile, weekday=1, starts_at=time(18), ends_at=time(20)),
        lambda: MatchFactory.in_state("active", mentor=mentor),
        lambda: MatchFactory(learner=learner, mentor=other),
        lambda: LeaveWindow.objects.create(profile=profile, starts_on=today, ends_on=today),
    ]
    for asked, change in enumerate(changes, start=2):
        change()
        assert client.get(URL).status_code == 200
        assert len(far_side.requests) == asked


def test_answer_of_the_built_in_solver_is_not_kept(far_side: FarSide, api_as: Any) -> None:
    skill = python()
    learner, mentor = seeking({skill: 4}), offering({skill: 5})
    far_side.behaviour = "status_500"
    assert api_as(learner).get(URL).data["is_fallback"] is True
    far_side.behaviour, far_side.answer = "answer", far_side.suggesting(str(mentor.pk))
    assert api_as(learner).get(URL).data["is_fallback"] is False


def test_without_redis_everything_is_asked(far_side: FarSide, settings: Settings, api_as: Any) -> None:
    skill = python()
    learner, mentor = seeking({skill: 4}), offering({skill: 5})
    far_side.answer = far_side.suggesting(str(mentor.pk))
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": away}
    for _ in range(2):
        assert api_as(learner).get(URL).data["is_fallback"] is False
    assert len(far_side.requests) == 2


def suggested(response: Any) -> list[str]:
    return [one["mentor"]["handle"] for one in response.data["suggestions"]]


def test_who_is_no_further_than_the_learner_has_nothing_to_teach(no_matcher: None, api_as: Any) -> None:
    skill = python()
    learner = seeking({skill: 4})
    ProfileSkillFactory(profile=Profile.objects.get(user=learner), skill=skill, level=3)
    offering({skill: 3})
    further = offering({skill: 4})

    response = api_as(learner).get(URL)

    assert suggested(response) == [further.handle]
    assert response.data["suggestions"][0]["components"]["skills"]["value"] == 1000


def test_rare_skill_weighs_more_than_one_that_many_know(no_matcher: None, api_as: Any) -> None:
    common, rare = python(), SkillFactory(slug="rust")
    learner = seeking({common: 3, rare: 3})
    for _ in range(20):
        offering({common: 1})
    knows_rare, knows_common = offering({rare: 3}), offering({common: 3})

    found = suggested(api_as(learner).get(URL))

    assert found[:2] == [knows_rare.handle, knows_common.handle]


def test_skill_that_builds_on_a_wanted_one_counts_in_part(no_matcher: None, api_as: Any) -> None:
    wanted, builds_on_it = python(), SkillFactory(slug="django", name="Django")
    SkillPrerequisite.objects.create(skill=builds_on_it, requires=wanted)
    learner = seeking({wanted: 4})
    mentor = offering({builds_on_it: 4})

    (one,) = api_as(learner).get(URL).data["suggestions"]

    assert one["mentor"]["handle"] == mentor.handle
    assert one["matched_skills"] == [{"skill": "python", "have": 2, "wanted": 4, "through": "django"}]
    assert "Python at level 2 through Django (you want 4)" in one["why"]


@pytest.mark.parametrize(
    ("status", "rating", "value"),
    [
        ("completed", 5, 1000),
        ("completed", None, 700),
        ("ended_early", None, 300),
        ("completed", 1, 0),
    ],
)
def test_how_it_went_before_counts(status: str, rating: int | None, value: int, no_matcher: None, api_as: Any) -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    stranger = offering({skill: 3})
    match = MatchFactory.in_state(status, learner=learner, mentor=mentor)
    if rating:
        review = ReviewFactory(match=match, author=learner, rating=rating)
        Review.objects.filter(pk=review.pk).update(revealed_at=timezone.now())
    # So long ago that an end that came early is no refusal any more.
    long_ago = timezone.now() - REFUSAL_COUNTS_FOR
    MentorMatch.objects.filter(pk=match.pk).update(started_at=long_ago, ended_at=long_ago)

    found = {one["mentor"]["handle"]: one["components"] for one in api_as(learner).get(URL).data["suggestions"]}

    assert found[mentor.handle]["continuity"]["value"] == value
    assert "continuity" not in found[stranger.handle]


def test_review_that_the_mentor_may_not_see_yet_is_in_no_score_either(no_matcher: None, api_as: Any) -> None:
    skill = python()
    learner, mentor = seeking({skill: 3}), offering({skill: 3})
    match = MatchFactory.in_state("completed", learner=learner, mentor=mentor)
    review = ReviewFactory(match=match, author=learner, rating=2)
    assert review.revealed_at > timezone.now()

    asked = api_as(learner).post("/api/v1/matches/", {"mentor": str(mentor.pk)}).json()

    seen = api_as(mentor).get(f"/api/v1/matches/{asked['id']}/").json()
    assert seen["components"]["continuity"]["value"] == 700


def test_hours_after_clocks_have_changed_are_on_the_changed_clock() -> None:
    sunday, berlin = 6 * 1440, [(0, 60), (6 * 1440 + 60, 120)]
    windows = [(1020, 1080), (sunday + 1020, sunday + 1080)]
    assert [local_window(window, berlin) for window in windows] == [
        "Monday 18:00 to 19:00",
        "Sunday 19:00 to 20:00",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"change": "availability", "add": [2460, 2520]},
            "With an hour on Tuesday evenings (18:00 to 19:00, Europe/Berlin) you",
        ),
        (
            {"change": "availability", "add": [10_020, 10_080]},
            "With an hour on Monday nights (00:00 to 01:00, Europe/Berlin) you",
        ),
        ({"change": "availability", "add": [240, 420]}, "With three hours on Monday mornings (05:00 to 08:00, Europe"),
        ({"change": "language", "add": "de"}, "With German you"),
        ({"change": "want", "skill": "go", "level": 2}, "With Go up to level 2 among what you want you"),
        ({"change": "capacity"}, "With one more place of a mentor who fits you"),
        ({"change": "capacity", "places": 1200}, "With 1,200 more places of a mentor who fits you"),
        ({"change": "floor", "without_floor": True}, "Without the floor for the worst pair you"),
        (
            {"change": "language", "add": "de", "minimum_score": 1043, "places": 1},
            "With German, with a minimum score of 1,043 and with one more place of a mentor who fits you",
        ),
    ],
)
def test_change_that_would_help_is_told_on_the_learners_clock(change: dict[str, Any], words: str) -> None:
    told = would_help(change, skill_names={"go": "Go"}, offsets=[(0, 60)], zone="Europe/Berlin")
    assert told.startswith(words)
    assert told.endswith(" you would have had a mentor in this round.")


def test_what_one_has_reached_is_wanted_only_when_nothing_else_is(no_matcher: None, api_as: Any) -> None:
    reached, still_open = python(), SkillFactory(slug="rust")
    learner = seeking({reached: 2, still_open: 3})
    ProfileSkillFactory(profile=Profile.objects.get(user=learner), skill=reached, level=4)
    knows_reached, knows_open = offering({reached: 5}), offering({still_open: 3})

    assert suggested(api_as(learner).get(URL)) == [knows_open.handle]
    assert suggested(api_as(learner).get(URL, {"wanted": "python:3"})) == [knows_reached.handle]
