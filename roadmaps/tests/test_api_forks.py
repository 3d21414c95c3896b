"""Copies of roadmaps, and what changed in the original merged into them without loss of edits or progress."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from roadmaps.enums import ModuleStatus
from roadmaps.models import Module, Roadmap, RoadmapVersion
from roadmaps.tests.factories import ModuleFactory, ModulePrerequisiteFactory, NoteFactory, RoadmapFactory
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Profile, Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

ROADMAPS, MODULES = "/api/v1/roadmaps/", "/api/v1/modules/"


@pytest.fixture
def original(learner: User, skills: dict[str, Skill]) -> Roadmap:
    """Three modules of the learner's, each upon the one before, the first of which is completed."""
    roadmap: Roadmap = RoadmapFactory(owner=learner, title="Data", wishes={"known": {"git": 3}})
    modules = [
        ModuleFactory(roadmap=roadmap, title="One", skill=skills["git"], status=ModuleStatus.COMPLETED),
        ModuleFactory(roadmap=roadmap, title="Two", skill=skills["sql"], milestone="Half of it"),
        ModuleFactory(roadmap=roadmap, title="Three", skill=skills["python"]),
    ]
    for former, later in pairwise(modules):
        ModulePrerequisiteFactory(module=later, requires=former)
    NoteFactory(module=modules[1], text="mine")
    return roadmap


@pytest.fixture
def copy(original: Roadmap, learner: User, api_as: ApiAs) -> dict[str, Any]:
    """A copy by the same person."""
    answer = api_as(learner).post(f"{ROADMAPS}{original.pk}/fork/", {"title": "My data"})
    assert answer.status_code == 201
    assert answer["Location"] == f"{ROADMAPS}{answer.json()['id']}/"
    copy: dict[str, Any] = answer.json()
    return copy


def module_of(roadmap: Any, title: str) -> Module:
    return Module.objects.get(roadmap=roadmap, title=title)


def test_a_copy_has_content_order_and_attribution_and_nothing_private(
    original: Roadmap, copy: dict[str, Any], learner: User, api_as: ApiAs
) -> None:
    shown = api_as(learner).get(f"{ROADMAPS}{copy['id']}/").json()
    assert (shown["title"], shown["status"], shown["visibility"]) == ("My data", "ready", "private")
    assert shown["copied_from"] == {
        "title": "Data",
        "slug": None,
        "author": {"handle": learner.handle, "display_name": learner.display_name},
    }
    one, two, three = shown["modules"]
    assert [each["title"] for each in (one, two, three)] == ["One", "Two", "Three"]
    assert (two["milestone"], two["requires"], three["requires"]) == ("Half of it", [one["id"]], [two["id"]])
    assert [each["title"] for each in two["resources"]] == ["sql auf Deutsch", "sql in English"]
    assert {one["id"], two["id"], three["id"]}.isdisjoint(map(str, original.modules.values_list("pk", flat=True)))
    assert api_as(learner).get(f"{MODULES}{two['id']}/note/").status_code == 404
    assert Roadmap.objects.get(pk=copy["id"]).wishes == {}
    assert [each for each in check_all() if each.wrong] == []


def test_what_was_completed_in_the_original_counts_in_the_copy(original: Roadmap, copy: dict[str, Any]) -> None:
    one = module_of(copy["id"], "One")
    assert (one.status, one.counted_from) == (ModuleStatus.COMPLETED, module_of(original, "One").pk)


def test_changes_of_the_original_are_offered_and_taken(
    original: Roadmap, copy: dict[str, Any], learner: User, api_as: ApiAs
) -> None:
    client, upstream = api_as(learner), f"{ROADMAPS}{copy['id']}/upstream/"
    assert client.get(upstream).json() == {"is_up_to_date": True, "takes_order": False, "offers": []}

    two, three = module_of(original, "Two"), module_of(original, "Three")
    client.patch(f"{MODULES}{two.pk}/", {"title": "Two, better", "description": "Theirs"})
    client.patch(f"{MODULES}{module_of(copy['id'], 'Two').pk}/", {"description": "Mine"})
    client.post(f"{ROADMAPS}{original.pk}/modules/", {"title": "Four", "estimated_minutes": 60})
    client.delete(f"{MODULES}{three.pk}/")

    told = client.get(upstream).json()
    offers = {each["title"]: each for each in told["offers"]}
    assert {title: (each["kind"], each["takes"], each["is_conflict"]) for title, each in offers.items()} == {
        "Two": ("changed", "mine", True),
        "Three": ("removed", "upstream", False),
        "Four": ("added", "upstream", False),
    }
    assert {each["name"]: (each["mine"], each["upstream"], each["takes"]) for each in offers["Two"]["parts"]} == {
        "title": ("Two", "Two, better", "upstream"),
        "description": ("Mine", "Theirs", "mine"),
    }

    merged = client.post(upstream, HTTP_IF_MATCH=client.get(f"{ROADMAPS}{copy['id']}/")["ETag"])
    assert merged.status_code == 200
    shown = merged.json()["modules"]
    assert [(each["title"], each["description"]) for each in shown[1:2]] == [("Two, better", "Mine")]
    assert [each["title"] for each in shown] == ["One", "Two, better", "Four"]
    assert client.get(upstream).json()["is_up_to_date"]
    assert RoadmapVersion.objects.filter(roadmap=copy["id"]).latest("number").reason == "merged"
    back = client.post(f"{ROADMAPS}{copy['id']}/versions/2/restore/").json()["modules"]
    assert [each["title"] for each in back] == ["One", "Two", "Three"]


def test_learner_chooses_a_side_and_declined_changes_are_not_offered_again(
    original: Roadmap, copy: dict[str, Any], learner: User, api_as: ApiAs
) -> None:
    client, upstream = api_as(learner), f"{ROADMAPS}{copy['id']}/upstream/"
    two = module_of(original, "Two")
    client.patch(f"{MODULES}{two.pk}/", {"title": "Theirs"})
    client.patch(f"{MODULES}{module_of(copy['id'], 'Two').pk}/", {"title": "Mine"})
    new = client.post(f"{ROADMAPS}{original.pk}/modules/", {"title": "Four", "estimated_minutes": 60}).json()
    choices = [{"module": str(two.pk), "take": "upstream"}, {"module": new["id"], "take": "mine"}]

    strange = client.post(upstream, {"choices": [{"module": copy["id"], "take": "mine"}]})
    assert (strange.status_code, strange.json()["errors"][0]["field"]) == (400, "choices")
    merged = client.post(upstream, {"choices": choices}).json()["modules"]

    assert [each["title"] for each in merged] == ["One", "Theirs", "Three"]
    assert client.get(upstream).json()["is_up_to_date"]
    client.patch(f"{MODULES}{new['id']}/", {"title": "Four, better"})
    (offer,) = client.get(upstream).json()["offers"]
    assert (offer["title"], offer["takes"], offer["reason"]) == ("Four, better", "mine", "You took it out.")


def test_what_was_begun_stays_although_the_original_lost_it(
    original: Roadmap, copy: dict[str, Any], learner: User, api_as: ApiAs
) -> None:
    client = api_as(learner)
    mine = module_of(copy["id"], "Three")
    client.post(f"{MODULES}{mine.pk}/start/")
    client.delete(f"{MODULES}{module_of(original, 'Three').pk}/")
    merged = client.post(f"{ROADMAPS}{copy['id']}/upstream/").json()["modules"]
    assert [(each["id"], each["status"]) for each in merged][2] == (str(mine.pk), "in_progress")


def test_original_that_is_gone_leaves_the_copy(
    original: Roadmap, copy: dict[str, Any], learner: User, api_as: ApiAs
) -> None:
    client, url = api_as(learner), f"{ROADMAPS}{copy['id']}/"
    assert client.get(f"{ROADMAPS}{original.pk}/upstream/").json()["code"] == "not_a_copy"
    client.delete(f"{ROADMAPS}{original.pk}/")
    assert client.get(f"{url}upstream/").json()["code"] == "original_gone"
    assert client.post(f"{url}upstream/").status_code == 409
    assert client.get(url).json()["copied_from"] == {"title": "Data", "slug": None, "author": None}
    assert client.get(url).json()["progress"] > 0


def test_what_one_may_not_read_cannot_be_copied(original: Roadmap, other: User, learner: User, api_as: ApiAs) -> None:
    assert api_as(other).post(f"{ROADMAPS}{original.pk}/fork/").status_code == 404
    empty = RoadmapFactory(owner=learner)
    assert api_as(learner).post(f"{ROADMAPS}{empty.pk}/fork/").json()["code"] == "nothing_to_copy"
    assert Roadmap.objects.count() == 2


def test_public_roadmap_of_another_is_copied_and_merged(
    original: Roadmap, other: User, learner: User, api_as: ApiAs
) -> None:
    theirs, mine = api_as(learner), api_as(other)
    theirs.patch(f"{ROADMAPS}{original.pk}/", {"visibility": "public"})
    slug = theirs.get(f"{ROADMAPS}{original.pk}/publication/").json()["slug"]

    made = mine.post(f"{ROADMAPS}gallery/{slug}/fork/")
    assert made.status_code == 201
    copy = made.json()
    assert copy["copied_from"] == {"title": "Data", "slug": slug, "author": None}
    Profile.objects.filter(user=learner).update(visibility="public")
    assert mine.get(f"{ROADMAPS}{copy['id']}/").json()["copied_from"]["author"]["handle"] == learner.handle
    assert [(each["title"], each["status"]) for each in copy["modules"]] == [
        ("One", "pending"),
        ("Two", "pending"),
        ("Three", "pending"),
    ]
    assert copy["started_on"] == str(timezone.localdate())
    assert mine.post(f"{ROADMAPS}{original.pk}/fork/").status_code == 201  # by its id as well

    theirs.patch(f"{MODULES}{module_of(original, 'Two').pk}/", {"title": "Two, better"})
    upstream = f"{ROADMAPS}{copy['id']}/upstream/"
    assert [each["title"] for each in mine.get(upstream).json()["offers"]] == ["Two"]
    assert [each["title"] for each in mine.post(upstream).json()["modules"]] == ["One", "Two, better", "Three"]
    assert mine.get(f"{ROADMAPS}{original.pk}/").status_code == 404

    theirs.patch(f"{ROADMAPS}{original.pk}/", {"visibility": "private"})
    assert mine.get(upstream).json()["code"] == "original_gone"
    assert mine.post(f"{ROADMAPS}gallery/{slug}/fork/").status_code == 404
    assert mine.get(f"{ROADMAPS}{copy['id']}/").json()["copied_from"] == {"title": "Data", "slug": None, "author": None}


def test_unlisted_roadmap_is_copied_by_its_link(original: Roadmap, other: User, learner: User, api_as: ApiAs) -> None:
    theirs, mine = api_as(learner), api_as(other)
    theirs.patch(f"{ROADMAPS}{original.pk}/", {"visibility": "unlisted"})
    link = theirs.post(f"{ROADMAPS}{original.pk}/links/", {}).json()
    slug = theirs.get(f"{ROADMAPS}{original.pk}/publication/").json()["slug"]
    token = link["page"].partition("?k=")[2]
    for query in ("", "?k=wrong"):
        assert mine.post(f"{ROADMAPS}gallery/{slug}/fork/{query}").status_code == 404

    copy = mine.post(f"{ROADMAPS}gallery/{slug}/fork/?k={token}", {"title": "Copied"}).json()
    assert (copy["title"], copy["copied_from"]["title"], copy["copied_from"]["slug"]) == ("Copied", "Data", None)
    upstream = f"{ROADMAPS}{copy['id']}/upstream/"
    assert mine.get(upstream).json()["code"] == "original_gone"
    assert mine.get(f"{upstream}?k={token}").json()["is_up_to_date"]
    assert mine.post(f"{upstream}?k={token}").status_code == 200
    theirs.delete(f"{ROADMAPS}{original.pk}/links/{link['id']}/")
    assert mine.get(f"{upstream}?k={token}").json()["code"] == "original_gone"


@pytest.mark.parametrize("seed", range(12))
def test_random_edits_on_both_sides_keep_local_edits_and_all_progress(
    seed: int, original: Roadmap, copy: dict[str, Any], learner: User, api_as: ApiAs
) -> None:
    chance, client = random.Random(seed), api_as(learner)
    written: dict[str, str] = {}
    for step in range(14):
        roadmap = chance.choice([str(original.pk), copy["id"]])
        modules = client.get(f"{ROADMAPS}{roadmap}/modules/").json()
        module = chance.choice(modules) if modules else {"id": copy["id"]}
        act = chance.choice(["title", "add", "remove", "move", "start", "complete"])
        title = f"{act} {step}"
        if act == "title":
            changed = client.patch(f"{MODULES}{module['id']}/", {"title": title}).status_code == 200
            if changed and roadmap == copy["id"]:
                written[module["id"]] = title
        elif act == "add":
            new = client.post(f"{ROADMAPS}{roadmap}/modules/", {"title": title, "estimated_minutes": 60})
            if roadmap == copy["id"]:
                written[new.json()["id"]] = title
        elif act == "remove":
            if client.delete(f"{MODULES}{module['id']}/").status_code == 204:
                written.pop(module["id"], None)
        elif act == "move":
            client.post(f"{MODULES}{module['id']}/move/", {"position": chance.randint(1, 4)})
        else:
            client.post(f"{MODULES}{module['id']}/{act}/", {"override": True} if act == "complete" else {})
    before = client.get(f"{ROADMAPS}{copy['id']}/").json()["modules"]
    begun = {each["id"]: each["status"] for each in before if each["status"] != "pending"}

    assert client.post(f"{ROADMAPS}{copy['id']}/upstream/").status_code == 200

    after = {each["id"]: each for each in client.get(f"{ROADMAPS}{copy['id']}/").json()["modules"]}
    assert {key: after[key]["title"] for key in written} == written
    assert {key: after[key]["status"] for key in begun} == begun
    assert client.get(f"{ROADMAPS}{copy['id']}/upstream/").json()["is_up_to_date"]
    assert [each for each in check_all() if each.wrong] == []
