"""Roadmaps and their modules over HTTP: reading, editing, working through them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from roadmaps.enums import ModuleStatus, RoadmapStatus
from roadmaps.models import Module, OwnResource, Roadmap
from roadmaps.services.materials import MOST_OF_A_PERSON, MOST_OWN_RESOURCES
from roadmaps.tests.factories import (
    GenerationFactory,
    ModuleFactory,
    ModulePrerequisiteFactory,
    OwnResourceFactory,
    ResourceFactory,
    RoadmapFactory,
)
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Profile, User
from users.tests.factories import SkillFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

ROADMAPS = "/api/v1/roadmaps/"


@pytest.fixture
def roadmap() -> Roadmap:
    made: Roadmap = RoadmapFactory()
    return made


@pytest.fixture
def client(roadmap: Roadmap, api_as: ApiAs) -> ApiClient:
    return api_as(roadmap.owner)


def of(roadmap: Roadmap) -> str:
    return f"{ROADMAPS}{roadmap.pk}/"


def at(module: Module, step: str = "") -> str:
    return f"/api/v1/modules/{module.pk}/{step}"


def error_fields(response: Any) -> set[str]:
    return {error["field"] for error in response.json()["errors"]}


# --- roadmaps ---------------------------------------------------------------------------------------------------------


def test_list_has_ones_own_newest_first_and_filters(roadmap: Roadmap, client: ApiClient) -> None:
    track = TrackFactory()
    newer = RoadmapFactory(owner=roadmap.owner, status=RoadmapStatus.DRAFT, track=track)
    RoadmapFactory()
    assert [each["id"] for each in client.get(ROADMAPS).json()["results"]] == [str(newer.pk), str(roadmap.pk)]
    assert [each["id"] for each in client.get(f"{ROADMAPS}?status=draft").json()["results"]] == [str(newer.pk)]
    assert [each["track"] for each in client.get(f"{ROADMAPS}?track={track.slug}").json()["results"]] == [track.slug]
    wrong = client.get(f"{ROADMAPS}?status=done")
    assert wrong.status_code == 400
    assert error_fields(wrong) == {"status"}


def test_draft_is_made_by_hand_and_activated(client: ApiClient) -> None:
    made = client.post(f"{ROADMAPS}drafts/", {"title": "Mine", "hours_per_week": 5, "weeks": 4})
    assert made.status_code == 201
    assert made.json()["status"] == "draft"
    assert made.json()["generation"] is None
    path = f"{ROADMAPS}{made.json()['id']}/"
    assert client.post(f"{path}activate/").json()["status"] == "ready"
    assert client.post(f"{path}activate/").status_code == 409


def test_roadmap_is_changed_in_the_version_that_was_read(roadmap: Roadmap, client: ApiClient) -> None:
    tag = client.get(of(roadmap))["ETag"]
    changed = client.patch(of(roadmap), {"title": "New", "progress": 100}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["title"], changed.json()["progress"]) == (200, "New", 0)
    late = client.patch(of(roadmap), {"title": "Newer"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert late["ETag"] == changed["ETag"] != tag
    assert client.delete(of(roadmap), headers={"If-Match": tag}).status_code == 412
    assert client.delete(of(roadmap), headers={"If-Match": changed["ETag"]}).status_code == 204
    assert client.get(of(roadmap)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", "x" * 121), ("hours_per_week", 0), ("hours_per_week", 81), ("weeks", "many"),
        ("visibility", "friends"), ("started_on", "1999-12-31"), ("started_on", "tomorrow"), ("started_on", None),
    ],
)  # fmt: skip
def test_change_that_makes_no_sense_names_the_field(
    client: ApiClient, roadmap: Roadmap, field: str, value: Any
) -> None:
    response = client.patch(of(roadmap), {field: value})
    assert response.status_code == 400
    assert error_fields(response) == {field}


def test_roadmap_with_everything_is_deleted(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap)
    ModulePrerequisiteFactory(module=module, requires=ModuleFactory(roadmap=roadmap))
    OwnResourceFactory(module=module)
    GenerationFactory(roadmap=roadmap)
    assert client.delete(of(roadmap)).status_code == 204
    assert not Module.objects.exists()
    assert not OwnResource.objects.exists()


def test_archived_roadmap_is_not_worked_on_until_it_is_active_again(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap)
    assert client.post(f"{of(roadmap)}archive/").json()["status"] == "archived"
    refused = client.post(at(module, "complete/"))
    assert (refused.status_code, refused.json()["code"]) == (409, "roadmap_not_editable")
    assert client.post(f"{of(roadmap)}modules/", {"title": "x", "estimated_minutes": 5}).status_code == 409
    assert client.post(f"{of(roadmap)}activate/").json()["status"] == "ready"
    assert client.post(at(module, "complete/")).status_code == 200


# --- modules: their way -----------------------------------------------------------------------------------------------


def test_module_is_started_completed_and_reopened(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap, weight=1)
    ModuleFactory(roadmap=roadmap, weight=3)
    assert client.post(at(module, "start/")).json()["status"] == "in_progress"
    done = client.post(at(module, "complete/")).json()
    assert (done["status"], done["is_override"]) == ("completed", False)
    assert done["completed_at"]
    assert client.get(of(roadmap)).json()["progress"] == 25
    again = client.post(at(module, "reopen/")).json()
    assert (again["status"], again["completed_at"]) == ("in_progress", None)
    assert client.get(of(roadmap)).json()["progress"] == 0


def test_module_waits_for_its_prerequisites_unless_that_is_overridden(roadmap: Roadmap, client: ApiClient) -> None:
    first, second, skipped = (ModuleFactory(roadmap=roadmap) for _ in range(3))
    ModulePrerequisiteFactory(module=second, requires=first)
    ModulePrerequisiteFactory(module=second, requires=skipped)
    client.post(at(skipped, "skip/"))

    refused = client.post(at(second, "complete/"))
    assert (refused.status_code, refused.json()["code"]) == (409, "prerequisites_missing")
    assert refused.json()["missing"] == [{"id": str(first.pk), "title": first.title}]

    assert client.post(at(second, "complete/"), {"override": True}).json()["is_override"] is True
    assert client.post(at(second, "reopen/")).json()["is_override"] is False
    client.post(at(first, "complete/"))
    assert client.post(at(second, "complete/"), {"override": True}).json()["is_override"] is False


def test_skipped_module_comes_back(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap)
    assert client.post(at(module, "skip/")).json()["status"] == "skipped"
    assert client.post(at(module, "reopen/")).json()["status"] == "pending"


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("pending", "reopen"), ("in_progress", "start"), ("in_progress", "reopen"), ("completed", "start"),
        ("completed", "complete"), ("completed", "skip"), ("skipped", "start"), ("skipped", "complete"),
        ("skipped", "skip"),
    ],
)  # fmt: skip
def test_step_that_is_not_possible_says_where_it_stands(
    roadmap: Roadmap, client: ApiClient, status: str, step: str
) -> None:
    module = ModuleFactory(roadmap=roadmap, status=status)
    response = client.post(at(module, f"{step}/"))
    assert (response.status_code, response.json()["code"]) == (409, "illegal_transition")
    assert response.json()["current_status"] == status


# --- modules: their text and place ------------------------------------------------------------------------------------


def test_module_shows_dates_and_resources_in_the_readers_languages(learner: User, api_as: ApiAs) -> None:
    module = ModuleFactory(
        roadmap=RoadmapFactory(owner=learner, started_on=date(2026, 1, 5)), starts_week=2, ends_week=3
    )
    for language, title in [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]:
        ResourceFactory(skill=module.skill, language=language, title=title)
    shown = api_as(learner).get(at(module)).json()
    assert (shown["starts_on"], shown["ends_on"]) == ("2026-01-12", "2026-01-25")
    assert [resource["title"] for resource in shown["resources"]] == ["Deutsch", "English", "Español"]
    assert shown["skill"] == {"slug": module.skill.slug, "name": module.skill.name}


def test_module_without_weeks_and_skill_shows_none(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap, skill=None, starts_week=None, ends_week=None)
    shown = client.get(at(module)).json()
    assert (shown["starts_on"], shown["ends_on"], shown["skill"], shown["resources"]) == (None, None, None, [])


def test_module_is_added_where_it_belongs(roadmap: Roadmap, client: ApiClient) -> None:
    first, second = ModuleFactory(roadmap=roadmap), ModuleFactory(roadmap=roadmap)
    skill = SkillFactory(slug="rust")
    added = client.post(
        f"{of(roadmap)}modules/",
        {
            "title": "Between", "estimated_minutes": 90, "skill": "rust", "from_level": 1, "to_level": 2, "position": 2,
            "requires": [str(first.pk)], "starts_week": 1, "ends_week": 2,
        },
    )  # fmt: skip
    assert added.status_code == 201
    assert (added.json()["position"], added.json()["weight"], added.json()["skill"]["slug"]) == (2, 90, skill.slug)
    assert added.json()["requires"] == [str(first.pk)]
    last = client.post(f"{of(roadmap)}modules/", {"title": "Last", "estimated_minutes": 5, "weight": 7}).json()
    assert last["weight"] == 7
    order = [module["id"] for module in client.get(f"{of(roadmap)}modules/").json()]
    assert order == [str(first.pk), added.json()["id"], str(second.pk), last["id"]]


def test_module_is_added_to_the_roadmap_that_was_read(roadmap: Roadmap, client: ApiClient) -> None:
    tag = client.get(of(roadmap))["ETag"]
    client.patch(of(roadmap), {"title": "New"})
    body = {"title": "x", "estimated_minutes": 5}
    assert client.post(f"{of(roadmap)}modules/", body, headers={"If-Match": tag}).status_code == 412


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("title", {"title": ""}),
        ("estimated_minutes", {"estimated_minutes": 0}),
        ("estimated_minutes", {"estimated_minutes": 6001}),
        ("weight", {"weight": 0}),
        ("skill", {"skill": "cobol"}),
        ("to_level", {"from_level": 3, "to_level": 2}),
        ("to_level", {"to_level": 6}),
        ("ends_week", {"starts_week": 2}),
        ("ends_week", {"starts_week": 2, "ends_week": 1}),
        ("position", {"position": 0}),
        ("requires", {"requires": [str(uuid4())]}),
        ("requires[0]", {"requires": ["x"]}),
    ],
)
def test_module_that_makes_no_sense_names_the_field(client: ApiClient, roadmap: Roadmap, field: str, body: Any) -> None:
    response = client.post(f"{of(roadmap)}modules/", {"title": "x", "estimated_minutes": 5} | body)
    assert response.status_code == 400
    assert error_fields(response) == {field}
    assert not Module.objects.exists()


def test_module_is_edited_without_losing_progress(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap, status=ModuleStatus.COMPLETED)
    tag = client.get(at(module))["ETag"]
    edited = client.patch(at(module), {"title": "New", "skill": None}, headers={"If-Match": tag})
    assert (edited.json()["title"], edited.json()["status"], edited.json()["skill"]) == ("New", "completed", None)
    assert client.patch(at(module), {"title": "Newer"}, headers={"If-Match": tag}).status_code == 412
    assert client.get(of(roadmap)).json()["progress"] == 100


def test_prerequisites_are_replaced_and_never_form_a_circle(roadmap: Roadmap, client: ApiClient) -> None:
    first, second, third = (ModuleFactory(roadmap=roadmap) for _ in range(3))
    assert client.patch(at(second), {"requires": [str(first.pk)]}).json()["requires"] == [str(first.pk)]
    assert client.patch(at(third), {"requires": [str(second.pk), str(first.pk)]}).status_code == 200
    circle = client.patch(at(first), {"requires": [str(third.pk)]})
    assert circle.status_code == 400
    assert error_fields(circle) == {"requires"}
    assert error_fields(client.patch(at(first), {"requires": [str(first.pk)]})) == {"requires"}
    foreign = ModuleFactory()
    assert error_fields(client.patch(at(first), {"requires": [str(foreign.pk)]})) == {"requires"}
    assert client.patch(at(third), {"requires": []}).json()["requires"] == []


@pytest.mark.parametrize(("position", "order"), [(1, "cab"), (2, "acb"), (3, "abc"), (99, "abc")])
def test_module_moves(roadmap: Roadmap, client: ApiClient, position: int, order: str) -> None:
    modules = {name: ModuleFactory(roadmap=roadmap, title=name) for name in "abc"}
    ModuleFactory(roadmap=roadmap, title="gone", status=ModuleStatus.REMOVED)
    moved = client.post(at(modules["c"], "move/"), {"position": position})
    assert moved.status_code == 200
    assert "".join(module["title"] for module in client.get(of(roadmap)).json()["modules"]) == order
    assert sorted(Module.objects.values_list("position", flat=True)) == [1, 2, 3, 4]


def test_removed_module_is_gone_from_plan_and_progress(roadmap: Roadmap, client: ApiClient) -> None:
    done, module = ModuleFactory(roadmap=roadmap, status=ModuleStatus.COMPLETED), ModuleFactory(roadmap=roadmap)
    ModulePrerequisiteFactory(module=done, requires=module)
    assert client.delete(at(module)).status_code == 204
    assert client.get(at(module)).status_code == 404
    assert client.post(at(module, "start/")).status_code == 404
    shown = client.get(of(roadmap)).json()
    assert shown["progress"] == 100
    assert [each["requires"] for each in shown["modules"]] == [[]]
    assert Module.objects.get(pk=module.pk).status == ModuleStatus.REMOVED


def test_completed_module_is_reopened_before_it_is_removed(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap, status=ModuleStatus.COMPLETED)
    assert client.delete(at(module)).json()["code"] == "illegal_transition"
    client.post(at(module, "reopen/"))
    assert client.delete(at(module)).status_code == 204


# --- what learners add ------------------------------------------------------------------------------------------------


def test_note_is_written_replaced_and_deleted(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap)
    path = at(module, "note/")
    assert client.get(path).status_code == 404
    first = client.put(path, {"text": "one"})
    assert (first.status_code, first.json()["text"]) == (200, "one")
    assert client.put(path, {"text": "two"}, headers={"If-Match": first["ETag"]}).json()["text"] == "two"
    assert client.put(path, {"text": "three"}, headers={"If-Match": first["ETag"]}).status_code == 412
    assert client.get(path).json()["text"] == "two"
    assert error_fields(client.put(path, {"text": ""})) == {"text"}
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_own_resources_are_added_and_deleted(roadmap: Roadmap, client: ApiClient) -> None:
    path = at(ModuleFactory(roadmap=roadmap), "resources/")
    added = client.post(path, {"title": "Mine", "url": "https://mine.test/a"})
    assert added.status_code == 201
    assert client.get(path).json() == [added.json()]
    for url in ["https://mine.test/a", "javascript:alert(1)", "ftp://mine.test/", "x"]:
        wrong = client.post(path, {"title": "Mine", "url": url})
        assert (wrong.status_code, error_fields(wrong)) == (400, {"url"})
    assert client.delete(f"{path}{added.json()['id']}/").status_code == 204
    assert client.delete(f"{path}{added.json()['id']}/").status_code == 404


def test_own_resources_are_limited(roadmap: Roadmap, client: ApiClient) -> None:
    module = ModuleFactory(roadmap=roadmap)
    OwnResourceFactory.create_batch(MOST_OWN_RESOURCES, module=module)
    assert client.post(at(module, "resources/"), {"title": "x", "url": "https://x.test/"}).status_code == 409


def test_own_resources_of_a_person_are_limited(roadmap: Roadmap, client: ApiClient) -> None:
    one, other = ModuleFactory(roadmap=roadmap), ModuleFactory(roadmap=roadmap)
    OwnResource.objects.bulk_create(
        OwnResource(owner=roadmap.owner, module=one, title="x", url=f"https://x{number}.test/")
        for number in range(MOST_OF_A_PERSON - 1)
    )
    last = client.post(at(other, "resources/"), {"title": "x", "url": "https://x.test/"})
    refused = client.post(at(other, "resources/"), {"title": "x", "url": "https://y.test/"})

    assert (last.status_code, refused.status_code) == (201, 409)
    assert (refused.json()["code"], error_fields(refused)) == ("too_many_addresses", {"url"})


def test_what_moderators_may_read_they_may_not_change(roadmap: Roadmap, api_as: ApiAs) -> None:
    module = ModuleFactory(roadmap=roadmap)
    moderator = api_as(UserFactory(role="moderator"))
    assert moderator.get(at(module)).status_code == 200
    assert moderator.post(at(module, "complete/")).status_code == 404
    assert moderator.put(at(module, "note/"), {"text": "x"}).status_code == 404


def test_week_beyond_twenty_years_is_left_empty(learner: User, api_as: ApiAs) -> None:
    roadmap = RoadmapFactory(owner=learner, hours_per_week=1, started_on=timezone.localdate())
    ModuleFactory.create_batch(11, roadmap=roadmap, estimated_minutes=6000, weight=1)
    client = api_as(learner)
    shown = client.patch(f"/api/v1/roadmaps/{roadmap.pk}/", {"hours_per_week": 1}).json()
    assert [(each["starts_week"], each["ends_week"]) for each in shown["modules"][9:]] == [(901, 1000), (None, None)]
    assert shown["plan_summary"]["weeks_needed"] == 1100


def test_first_day_is_that_of_the_learners_zone(learner: User, api_as: ApiAs) -> None:
    Profile.objects.filter(user=learner).update(time_zone="Pacific/Kiritimati")  # 14 hours ahead of UTC
    draft = api_as(learner).post("/api/v1/roadmaps/drafts/", {"title": "Mine", "hours_per_week": 5, "weeks": 12})
    assert draft.json()["started_on"] == f"{timezone.now() + timedelta(hours=14):%Y-%m-%d}"
