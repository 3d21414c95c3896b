"""Skills and tracks over HTTP, for everybody."""

from typing import Any

import pytest

from users.models import Skill
from users.tests.factories import SkillFactory, SkillPrerequisiteFactory, TrackFactory, TrackSkillFactory

pytestmark = pytest.mark.django_db


def slugs(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [each["slug"] for each in response.json()["results"]]


@pytest.fixture
def skills() -> list[Skill]:
    return [
        SkillFactory(slug="javascript", name="JavaScript", aliases=["js", "ecmascript"]),
        SkillFactory(slug="python", name="Python", aliases=["py"]),
        SkillFactory(slug="java", name="Java"),
    ]


def test_skills_are_listed_by_slug_a_page_at_a_time(api: Any, skills: list[Skill]) -> None:
    first = api.get("/api/v1/skills/", {"limit": 2})
    second = api.get(first.json()["next"])

    assert (slugs(first), slugs(second)) == (["java", "javascript"], ["python"])
    assert sorted(first.json()["results"][1]["aliases"]) == ["JavaScript", "ecmascript", "js"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("JS", ["javascript"]), ("javascrpt", ["javascript", "java"]), ("Java", ["java", "javascript"]), ("cobol", [])],
)
def test_skills_are_found_by_what_resembles_them(api: Any, skills: list[Skill], text: str, expected: list[str]) -> None:
    assert slugs(api.get("/api/v1/skills/", {"q": text})) == expected


def test_search_keeps_to_the_limit(api: Any, skills: list[Skill]) -> None:
    assert slugs(api.get("/api/v1/skills/", {"q": "java", "limit": 1})) == ["java"]
    assert api.get("/api/v1/skills/", {"q": "java", "limit": 0}).status_code == 400


def test_skill_shows_its_neighbours(api: Any, skills: list[Skill]) -> None:
    SkillPrerequisiteFactory(skill=skills[1], requires=skills[2])

    assert api.get("/api/v1/skills/python/").json()["prerequisites"] == ["java"]
    assert api.get("/api/v1/skills/java/").json()["unlocks"] == ["python"]
    assert api.get("/api/v1/skills/nothing/").status_code == 404


def test_tracks_show_skills_with_levels(api: Any, skills: list[Skill]) -> None:
    track = TrackFactory(slug="backend", keywords=["server"])
    TrackSkillFactory(track=track, skill=skills[1], level=4)

    assert slugs(api.get("/api/v1/tracks/")) == ["backend"]
    body = api.get("/api/v1/tracks/backend/").json()
    assert (body["keywords"], body["skills"]) == (["server"], [{"skill": "python", "name": "Python", "level": 4}])
