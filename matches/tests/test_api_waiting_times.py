"""How long one waits for an answer: percentiles by skill and zone, and nothing where there is too little to go by."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from matches.models import MentorMatch
from matches.tests.factories import MatchFactory, offering, python, seeking
from users.models import User
from users.tests.factories import SkillFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/matches/waiting-times/"


def answered(mentor: User, *minutes: int, days_ago: int = 10) -> None:
    """Requests to this mentor that were answered after so many minutes."""
    asked_at = timezone.now() - timedelta(days=days_ago)
    for wait in minutes:
        match = MatchFactory.in_state("declined", mentor=mentor)
        MentorMatch.objects.filter(pk=match.pk).update(
            requested_at=asked_at, answered_at=asked_at + timedelta(minutes=wait)
        )


def lapsed(mentor: User, count: int) -> None:
    for _ in range(count):
        MatchFactory.in_state("expired", mentor=mentor)


def waiting(api_as: Any, **query: str) -> list[dict[str, Any]]:
    response = api_as(seeking({python(): 3})).get(URL, query)
    assert response.status_code == 200, response.content
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


def test_half_and_nine_tenths_of_the_requests_waited_no_longer(api_as: Any) -> None:
    mentor = offering({python(): 4}, mentoring_capacity=9)
    answered(mentor, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
    answered(mentor, 9999, days_ago=181)
    MatchFactory(mentor=mentor)

    assert waiting(api_as, skills="python") == [
        {
            "skill": "python", "requests": 10, "answered": 10, "has_enough_data": True, "p50_minutes": 50,
            "p90_minutes": 90,
        }
    ]  # fmt: skip


def test_request_that_lapsed_waited_longer_than_any_answer(api_as: Any) -> None:
    mentor = offering({python(): 4}, mentoring_capacity=9)
    answered(mentor, 10, 20, 30)
    lapsed(mentor, 2)

    (row,) = waiting(api_as, skills="python")

    assert (row["requests"], row["answered"], row["p50_minutes"], row["p90_minutes"]) == (5, 3, 30, None)


def test_under_five_requests_nothing_is_said(api_as: Any) -> None:
    answered(offering({python(): 4}, mentoring_capacity=9), 10, 20, 30, 40)

    (row,) = waiting(api_as, skills="python")

    assert row == {
        "skill": "python", "requests": 4, "answered": 4, "has_enough_data": False, "p50_minutes": None,
        "p90_minutes": None,
    }  # fmt: skip


def test_zone_leaves_the_mentors_who_are_awake_at_the_same_time(api_as: Any) -> None:
    skill = python()
    for zone, wait in (("Europe/Berlin", 10), ("Pacific/Auckland", 500)):
        answered(offering({skill: 4}, mentoring_capacity=9, time_zone=zone), *[wait] * 5)

    (near,) = waiting(api_as, skills="python", zone="Europe/Vienna")
    (anywhere,) = waiting(api_as, skills="python")

    assert (near["requests"], near["p90_minutes"]) == (5, 10)
    assert (anywhere["requests"], anywhere["p90_minutes"]) == (10, 500)


def test_rows_come_in_the_order_asked_for_and_for_skills_that_nobody_was_asked_for(api_as: Any) -> None:
    SkillFactory(slug="rust")
    answered(offering({python(): 4}, mentoring_capacity=9), *range(1, 6))

    rows = waiting(api_as, skills="rust,python")

    assert [(row["skill"], row["requests"], row["has_enough_data"]) for row in rows] == [
        ("rust", 0, False),
        ("python", 5, True),
    ]


def test_without_a_skill_it_is_about_those_that_one_wants(api_as: Any) -> None:
    answered(offering({python(): 4}, mentoring_capacity=9), *range(1, 6))

    assert [row["skill"] for row in waiting(api_as)] == ["python"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"skills": ""}, "skills"),
        ({"skills": "python,,sql"}, "skills"),
        ({"skills": ",".join(["python"] * 11)}, "skills"),
        ({"skills": "no-such-skill"}, "skills"),
        ({"skills": "python", "zone": "Mars/Olympus"}, "zone"),
    ],
)
def test_what_is_wrong_is_named(query: dict[str, str], field: str, api_as: Any) -> None:
    response = api_as(seeking({python(): 3})).get(URL, query)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_nobody_is_told(api: Any) -> None:
    assert api.get(URL, {"skills": "python"}).status_code == 401
