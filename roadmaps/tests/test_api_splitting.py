"""Modules split and joined: minutes, weight, order, notes and progress come out right."""

from collections.abc import Callable
from typing import Any

import pytest

from roadmaps.enums import ModuleStatus
from roadmaps.models import Module, OwnResource, Roadmap
from roadmaps.services.materials import MOST_OF_A_PERSON
from roadmaps.tests.factories import (
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    RoadmapFactory,
)
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

ROADMAPS, MODULES = "/api/v1/roadmaps/", "/api/v1/modules/"


@pytest.fixture
def modules(learner: User, skills: dict[str, Skill]) -> list[Module]:
    """Three about SQL, each upon the one before; the second raises it from 1 to 3, weighs 7, and is begun."""
    roadmap: Roadmap = RoadmapFactory(owner=learner)
    one = ModuleFactory(roadmap=roadmap, title="One", skill=skills["sql"])
    two = ModuleFactory(
        roadmap=roadmap, title="Two", skill=skills["sql"], from_level=1, to_level=3, weight=7, milestone="Half of it",
        status=ModuleStatus.IN_PROGRESS, starts_week=2, ends_week=3,
    )  # fmt: skip
    three = ModuleFactory(roadmap=roadmap, title="Three", skill=skills["sql"], from_level=3, to_level=4)
    for former, later in ((one, two), (two, three)):
        ModulePrerequisiteFactory(module=later, requires=former)
    return [one, two, three]


def parts(*minutes: int) -> dict[str, Any]:
    return {"parts": [{"title": f"Part {place}", "estimated_minutes": each} for place, each in enumerate(minutes, 1)]}


def shown(client: ApiClient, modules: list[Module]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get(f"{ROADMAPS}{modules[0].roadmap_id}/modules/").json()
    return listed


def test_a_module_is_split(modules: list[Module], learner: User, api_as: ApiAs) -> None:
    client, two = api_as(learner), modules[1]
    NoteFactory(module=two, text="mine")
    answer = client.post(f"{MODULES}{two.pk}/split/", parts(100, 100, 50))
    assert answer.status_code == 200
    assert [each["title"] for each in answer.json()] == ["Part 1", "Part 2", "Part 3"]

    listed = shown(client, modules)
    one, first, second, third, three = listed
    assert [each["title"] for each in listed] == ["One", "Part 1", "Part 2", "Part 3", "Three"]
    assert [(each["from_level"], each["to_level"]) for each in (first, second, third)] == [(1, 1), (1, 2), (2, 3)]
    assert [each["weight"] for each in (first, second, third)] == [2, 3, 2]
    assert [each["milestone"] for each in (first, second, third)] == ["", "", "Half of it"]
    assert [each["status"] for each in (first, second, third)] == ["in_progress", "pending", "pending"]
    assert [each["requires"] for each in (first, second, third, three)] == [
        [one["id"]],
        [first["id"]],
        [second["id"]],
        [third["id"]],
    ]
    assert (first["id"], first["starts_week"], third["ends_week"]) == (str(two.pk), 2, 3)
    assert client.get(f"{MODULES}{two.pk}/note/").json()["text"] == "mine"
    assert [each for each in check_all() if each.wrong] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (parts(60), "parts"),
        (parts(*[1] * 11), "parts"),
        (parts(*[1] * 8), "parts"),  # it weighs 7
        ({"parts": [{"title": "A"}, {"title": "B", "estimated_minutes": 1}]}, "parts[0].estimated_minutes"),
        ({}, "parts"),
    ],
)
def test_what_cannot_be_split_so_is_refused_by_name(
    body: dict[str, Any], field: str, modules: list[Module], learner: User, api_as: ApiAs
) -> None:
    refused = api_as(learner).post(f"{MODULES}{modules[1].pk}/split/", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    assert Module.objects.count() == 3


def test_least_weight_is_shared_out(modules: list[Module], learner: User, api_as: ApiAs) -> None:
    answer = api_as(learner).post(f"{MODULES}{modules[1].pk}/split/", parts(6000, 1, 1, 1, 1, 1, 1))
    assert [each["weight"] for each in answer.json()] == [1] * 7


def test_modules_are_joined_with_all_that_they_had(
    modules: list[Module], learner: User, api_as: ApiAs, skills: dict[str, Skill]
) -> None:
    client, (one, two, three) = api_as(learner), modules
    apart = ModuleFactory(roadmap=one.roadmap, title="Apart", skill=skills["git"])
    after = ModuleFactory(roadmap=one.roadmap, title="After", skill=skills["git"])
    ModulePrerequisiteFactory(module=three, requires=apart)
    ModulePrerequisiteFactory(module=after, requires=three)
    NoteFactory(module=two, text="about two")
    NoteFactory(module=three, text="about three")
    OwnResourceFactory(module=three, url="https://mine.test/three")

    joined = client.post(f"{MODULES}{two.pk}/join/", {"modules": [str(three.pk)], "title": "Two and three"})

    assert joined.status_code == 200
    told = joined.json()
    assert (told["id"], told["title"], told["status"]) == (str(two.pk), "Two and three", "in_progress")
    assert (told["weight"], told["estimated_minutes"], told["from_level"], told["to_level"]) == (107, 600, 1, 4)
    assert (told["starts_week"], told["ends_week"], told["milestone"]) == (1, 3, "Half of it")
    assert told["description"] == "What one does in it.\n\nWhat one does in it."
    assert set(told["requires"]) == {str(one.pk), str(apart.pk)}
    listed = {each["title"]: each for each in shown(client, modules)}
    assert list(listed) == ["One", "Two and three", "Apart", "After"]
    assert listed["After"]["requires"] == [str(two.pk)]
    assert client.get(f"{MODULES}{two.pk}/note/").json()["text"] == "about two\n\nabout three"
    assert [each["url"] for each in client.get(f"{MODULES}{two.pk}/resources/").json()] == ["https://mine.test/three"]
    assert [each for each in check_all() if each.wrong] == []


def test_joining_makes_no_more_addresses_than_a_person_may_have(
    modules: list[Module], learner: User, api_as: ApiAs
) -> None:
    _, two, three = modules
    OwnResource.objects.bulk_create(
        OwnResource(owner=learner, module=three, title="x", url=f"https://x{number}.test/")
        for number in range(MOST_OF_A_PERSON // 2 + 1)
    )
    OwnResource.objects.filter(url="https://x0.test/").update(module=two)

    joined = api_as(learner).post(f"{MODULES}{two.pk}/join/", {"modules": [str(three.pk)]})

    assert (joined.status_code, joined.json()["code"]) == (409, "too_many_addresses")
    assert [each["field"] for each in joined.json()["errors"]] == ["modules"]
    OwnResource.objects.filter(url="https://x1.test/").delete()
    assert api_as(learner).post(f"{MODULES}{two.pk}/join/", {"modules": [str(three.pk)]}).status_code == 200


def test_a_circle_by_joining_is_refused(modules: list[Module], learner: User, api_as: ApiAs) -> None:
    one, _, three = modules
    refused = api_as(learner).post(f"{MODULES}{one.pk}/join/", {"modules": [str(three.pk)]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "modules")
    together = api_as(learner).post(f"{MODULES}{one.pk}/join/", {"modules": [str(each.pk) for each in modules[1:]]})
    assert together.json()["requires"] == []


def test_what_cannot_be_joined_is_refused(
    modules: list[Module], learner: User, api_as: ApiAs, skills: dict[str, Skill]
) -> None:
    client, (one, two, three) = api_as(learner), modules
    elsewhere = ModuleFactory(roadmap=RoadmapFactory(owner=learner), skill=skills["sql"])
    git = ModuleFactory(roadmap=one.roadmap, skill=skills["git"])
    for others in ([], [one.pk], [elsewhere.pk], [git.pk], [two.pk, two.pk, git.pk]):
        refused = client.post(f"{MODULES}{one.pk}/join/", {"modules": [str(each) for each in others]})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "modules"), others
    client.post(f"{MODULES}{three.pk}/skip/")
    for verb, target, body in (("join", two, {"modules": [str(three.pk)]}), ("split", three, parts(1, 1))):
        ended = client.post(f"{MODULES}{target.pk}/{verb}/", body)
        assert (ended.status_code, ended.json()["code"]) == (409, "illegal_transition")
    assert Module.objects.exclude(status=ModuleStatus.REMOVED).count() == 5
