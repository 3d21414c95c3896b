"""Former versions of a roadmap: kept before each change, compared, and restored without loss of progress."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from roadmaps.models import Module, Roadmap, RoadmapVersion
from roadmaps.services.contents import content_of
from roadmaps.tests.factories import ModuleFactory, ModulePrerequisiteFactory, NoteFactory, RoadmapFactory
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

ROADMAPS, MODULES = "/api/v1/roadmaps/", "/api/v1/modules/"


@pytest.fixture
def roadmap(learner: User, skills: dict[str, Skill]) -> Roadmap:
    """Three modules, each upon the one before."""
    roadmap: Roadmap = RoadmapFactory(owner=learner, title="Data")
    modules = [
        ModuleFactory(roadmap=roadmap, title=title, skill=skills["sql"], from_level=level, to_level=level + 1)
        for level, title in enumerate(["One", "Two", "Three"])
    ]
    for former, later in pairwise(modules):
        ModulePrerequisiteFactory(module=later, requires=former)
    return roadmap


def titles(roadmap: Roadmap) -> list[str]:
    present = Module.objects.present().filter(roadmap=roadmap)
    return list(present.order_by("position").values_list("title", flat=True))


def module_titled(title: str) -> Module:
    return Module.objects.get(title=title)


def test_every_kind_of_change_keeps_what_was_said_before(roadmap: Roadmap, learner: User, api_as: ApiAs) -> None:
    client, one = api_as(learner), module_titled("One")
    url = f"{ROADMAPS}{roadmap.pk}/"
    changes: list[tuple[str, Callable[[], Any]]] = [
        ("edited", lambda: client.patch(url, {"title": "Data engineer"})),
        ("changed", lambda: client.patch(f"{MODULES}{one.pk}/", {"title": "First"})),
        ("added", lambda: client.post(f"{url}modules/", {"title": "New", "estimated_minutes": 30})),
        ("moved", lambda: client.post(f"{MODULES}{one.pk}/move/", {"position": 2})),
        ("removed", lambda: client.delete(f"{MODULES}{module_titled('New').pk}/")),
        ("rescheduled", lambda: client.post(f"{url}reschedule/")),
        (
            "split",
            lambda: client.post(
                f"{MODULES}{one.pk}/split/",
                {
                    "parts": [
                        {"title": "First a", "estimated_minutes": 40},
                        {"title": "First b", "estimated_minutes": 20},
                    ]
                },
            ),
        ),
        ("joined", lambda: client.post(f"{MODULES}{one.pk}/join/", {"modules": [str(module_titled("First b").pk)]})),
        ("restored", lambda: client.post(f"{url}versions/1/restore/")),
    ]
    for reason, change in changes:
        before = content_of(Roadmap.objects.get(pk=roadmap.pk))
        response = change()
        assert response.status_code < 300, (reason, response.json())
        newest = RoadmapVersion.objects.filter(roadmap=roadmap).latest("number")
        assert (newest.reason, newest.content) == (reason, before.to_json())

    listed = client.get(f"{url}versions/").json()["results"]
    assert [each["reason"] for each in listed] == [reason for reason, _ in reversed(changes)]
    assert (listed[-1]["title"], listed[-1]["modules_count"], listed[-1]["number"]) == ("Data", 3, 1)
    assert titles(roadmap) == ["One", "Two", "Three"]
    assert Roadmap.objects.get().title == "Data"


def test_progress_and_visibility_make_no_version(roadmap: Roadmap, learner: User, api_as: ApiAs) -> None:
    client, one = api_as(learner), module_titled("One")
    for verb in ("start", "complete", "reopen"):
        assert client.post(f"{MODULES}{one.pk}/{verb}/").status_code == 200
    client.patch(f"{ROADMAPS}{roadmap.pk}/", {"visibility": "public"})
    client.patch(f"{MODULES}{one.pk}/", {"title": "Other"})
    client.patch(f"{MODULES}{one.pk}/", {"title": "Other"})  # what says the same is not kept again
    assert [each.reason for each in RoadmapVersion.objects.order_by("number")] == ["changed", "changed"]
    client.patch(f"{MODULES}{one.pk}/", {"title": "Other"})
    assert RoadmapVersion.objects.count() == 2


def test_the_last_twenty_are_kept_and_numbers_go_on(roadmap: Roadmap, learner: User, api_as: ApiAs) -> None:
    client, one = api_as(learner), module_titled("One")
    for number in range(25):
        assert client.patch(f"{MODULES}{one.pk}/", {"title": f"Title {number}"}).status_code == 200
    numbers = [
        each["number"] for each in client.get(f"{ROADMAPS}{roadmap.pk}/versions/?page_size=100").json()["results"]
    ]
    assert numbers == list(range(25, 5, -1))
    gone = client.get(f"{ROADMAPS}{roadmap.pk}/versions/5/")
    assert gone.status_code == 404
    whole = client.get(f"{ROADMAPS}{roadmap.pk}/versions/6/").json()
    assert [each["title"] for each in whole["modules"]] == ["Title 4", "Two", "Three"]


def test_difference_names_what_was_done(
    roadmap: Roadmap, learner: User, api_as: ApiAs, skills: dict[str, Skill]
) -> None:
    client, one, two = api_as(learner), module_titled("One"), module_titled("Two")
    url = f"{ROADMAPS}{roadmap.pk}/"
    client.patch(url, {"title": "Data engineer"})
    client.patch(f"{MODULES}{one.pk}/", {"skill": "git", "from_level": 1, "to_level": 2})
    client.delete(f"{MODULES}{two.pk}/")
    client.post(f"{url}modules/", {"title": "New", "estimated_minutes": 30, "position": 1})

    told = client.get(f"{url}versions/1/diff/").json()
    assert {"name": "title", "before": "Data", "after": "Data engineer"} in told["roadmap"]
    changes = {each["title"]: each for each in told["modules"]}
    assert {title: each["kind"] for title, each in changes.items()} == {
        "New": "added",
        "One": "changed",
        "Two": "removed",
        "Three": "changed",  # it built on the removed one
    }
    assert changes["One"]["fields_changed"] == [
        {
            "name": "skill",
            "before": {"skill": "sql", "from_level": 0, "to_level": 1},
            "after": {"skill": "git", "from_level": 1, "to_level": 2},
        }
    ]
    between = client.get(f"{url}versions/1/diff/?to=2").json()
    assert (between["modules"], [each["name"] for each in between["roadmap"]]) == ([], ["title"])
    assert client.get(f"{url}versions/1/diff/?to=x").json()["errors"][0]["field"] == "to"
    assert client.get(f"{url}versions/1/diff/?to=9").status_code == 404


def test_restoring_keeps_ids_notes_and_all_that_was_begun(roadmap: Roadmap, learner: User, api_as: ApiAs) -> None:
    client, one, two = api_as(learner), module_titled("One"), module_titled("Two")
    url = f"{ROADMAPS}{roadmap.pk}/"
    NoteFactory(module=two, text="mine")
    client.delete(f"{MODULES}{two.pk}/")
    added = client.post(f"{url}modules/", {"title": "Later", "estimated_minutes": 60}).json()
    client.post(f"{MODULES}{added['id']}/complete/")
    untouched = client.post(f"{url}modules/", {"title": "Untouched", "estimated_minutes": 60}).json()
    client.post(f"{MODULES}{one.pk}/complete/")

    restored = client.post(f"{url}versions/1/restore/")

    assert restored.status_code == 200
    shown = restored.json()["modules"]
    assert [(each["title"], each["status"]) for each in shown] == [
        ("One", "completed"),
        ("Two", "pending"),
        ("Three", "pending"),
        ("Later", "completed"),
    ]
    assert shown[1]["id"] == str(two.pk)
    assert shown[2]["requires"] == [str(two.pk)]
    assert client.get(f"{MODULES}{two.pk}/note/").json()["text"] == "mine"
    assert client.get(f"{MODULES}{untouched['id']}/").status_code == 404
    assert [each for each in check_all() if each.wrong] == []
    back = client.post(f"{url}versions/{RoadmapVersion.objects.latest('number').number}/restore/").json()["modules"]
    assert [(each["title"], each["status"]) for each in back] == [
        ("One", "completed"),
        ("Three", "pending"),
        ("Later", "completed"),
        ("Untouched", "pending"),
    ]


def test_restoring_takes_the_version_that_was_read(roadmap: Roadmap, learner: User, api_as: ApiAs) -> None:
    client, url = api_as(learner), f"{ROADMAPS}{roadmap.pk}/"
    tag = client.get(url)["ETag"]
    client.patch(url, {"title": "Other"})
    assert client.post(f"{url}versions/1/restore/", HTTP_IF_MATCH=tag).status_code == 412
    assert Roadmap.objects.get().title == "Other"
    fresh = client.get(url)["ETag"]
    assert client.post(f"{url}versions/1/restore/", HTTP_IF_MATCH=fresh).status_code == 200
    client.post(f"{url}archive/")
    assert client.post(f"{url}versions/1/restore/").json()["code"] == "roadmap_not_editable"


def test_versions_are_their_owners(roadmap: Roadmap, learner: User, api_as: ApiAs, other: User) -> None:
    url = f"{ROADMAPS}{roadmap.pk}/versions/"
    assert api_as(learner).get(url).json()["results"] == []
    api_as(learner).patch(f"{MODULES}{module_titled('One').pk}/", {"title": "First"})
    for path in (url, f"{url}1/", f"{url}1/diff/"):
        assert api_as(other).get(path).status_code == 404
    assert api_as(other).post(f"{url}1/restore/").status_code == 404
    assert api_as(learner).delete(f"{ROADMAPS}{roadmap.pk}/").status_code == 204
    assert not RoadmapVersion.objects.exists()


@pytest.mark.parametrize("change", ["restore", "edit another", "split"])
def test_who_has_seen_a_former_version_changes_nothing(
    roadmap: Roadmap, learner: User, api_as: ApiAs, change: str
) -> None:
    client, (one, two) = api_as(learner), (module_titled("One"), module_titled("Two"))
    client.patch(f"{MODULES}{one.pk}/", {"title": "First"})
    seen = client.get(f"{MODULES}{one.pk}/")["ETag"]
    seen_roadmap = client.get(f"{ROADMAPS}{roadmap.pk}/")["ETag"]
    if change == "restore":
        client.post(f"{ROADMAPS}{roadmap.pk}/versions/1/restore/", {})
        refused = client.patch(f"{MODULES}{one.pk}/", {"description": "x"}, HTTP_IF_MATCH=seen)
        assert refused.status_code == 412
    elif change == "edit another":
        client.patch(f"{MODULES}{two.pk}/", {"title": "Second"})
        assert client.patch(f"{MODULES}{one.pk}/", {"description": "x"}, HTTP_IF_MATCH=seen).status_code == 200
    else:
        parts = [{"title": "a", "estimated_minutes": 30}, {"title": "b", "estimated_minutes": 30}]
        client.post(f"{MODULES}{two.pk}/split/", {"parts": parts})
    late = client.post(f"{ROADMAPS}{roadmap.pk}/versions/1/restore/", {}, HTTP_IF_MATCH=seen_roadmap)
    assert late.status_code == 412
