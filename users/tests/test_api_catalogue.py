"""Skills and tracks over HTTP, for everybody."""

from typing import Any

import pytest

from users.enums import Role
from users.models import Skill, SkillSuggestion
from users.services import CatalogueService
from users.tests.factories import (
    SkillFactory,
    SkillPrerequisiteFactory,
    SkillSuggestionFactory,
    TrackFactory,
    TrackSkillFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SUGGESTIONS = "/api/v1/skills/suggestions/"


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


def test_skill_that_people_suggest_waits_for_a_moderator_and_counts_how_often(api_as: Any) -> None:
    answers = [api_as(UserFactory()).post(SUGGESTIONS, {"skill": text}) for text in (" Zig Lang", "zig-lang")]

    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(202, "open")] * 2
    suggestion = SkillSuggestion.objects.get()
    assert (suggestion.text, suggestion.times_seen, suggestion.source) == ("Zig Lang", 2, "people")

    CatalogueService().accept_as_skill(UserFactory(role=Role.MODERATOR), suggestion_id=suggestion.pk)
    refused = api_as(UserFactory()).post(SUGGESTIONS, {"skill": "ZIG LANG"})
    assert refused.json()["errors"][0]["message"] == "The catalogue has it: zig-lang."


def test_rejected_suggestion_stays_rejected(api_as: Any) -> None:
    suggestion = SkillSuggestionFactory(text="Luck", normalised="luck")
    CatalogueService().reject(UserFactory(role=Role.MODERATOR), suggestion_id=suggestion.pk)

    assert api_as(UserFactory()).post(SUGGESTIONS, {"skill": "luck"}).json()["status"] == "rejected"


@pytest.mark.parametrize(
    ("text", "code"), [("JS", "known_skill"), (" .-/ ", "invalid"), ("a\nb", "not_one_line"), ("x" * 61, "max_length")]
)
def test_suggestion_that_is_none_names_its_field(api_as: Any, skills: list[Skill], text: str, code: str) -> None:
    response = api_as(UserFactory()).post(SUGGESTIONS, {"skill": text})

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("skill", code)]
    assert not SkillSuggestion.objects.exists()


def test_visitors_suggest_nothing(api: Any) -> None:
    assert api.post(SUGGESTIONS, {"skill": "Zig"}).status_code == 401


def test_more_than_twenty_suggestions_a_day_are_too_many(api_as: Any) -> None:
    client = api_as(UserFactory())

    answers = [client.post(SUGGESTIONS, {"skill": f"Skill {number}"}).status_code for number in range(21)]

    assert answers == [202] * 20 + [429]
