"""One skill graph: what is completed in one roadmap counts in all that its owner follows, once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roadmaps.enums import ModuleStatus, RoadmapStatus
from roadmaps.models import Module, Roadmap
from roadmaps.signals import module_completed, module_reopened
from roadmaps.tests.factories import ModuleFactory, RoadmapFactory
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

ROADMAPS, MODULES = "/api/v1/roadmaps/", "/api/v1/modules/"


@pytest.fixture
def news() -> Iterator[list[Any]]:
    """The modules that were told to be completed or opened again; points and the log follow these."""
    told: list[Any] = []

    def hear(*, module: Module, **_: Any) -> None:
        told.append(module.pk)

    for signal in (module_completed, module_reopened):
        signal.connect(hear)
    yield told
    for signal in (module_completed, module_reopened):
        signal.disconnect(hear)


def sql(roadmap: Roadmap, skills: dict[str, Skill], to_level: int = 2, **fields: Any) -> Module:
    module: Module = ModuleFactory(roadmap=roadmap, skill=skills["sql"], to_level=to_level, **fields)
    return module


def status_of(module: Module) -> tuple[str, Any]:
    found = Module.objects.get(pk=module.pk)
    return found.status, found.counted_from


def test_completion_counts_in_other_roadmaps_and_is_taken_back(
    learner: User, other: User, skills: dict[str, Skill], api_as: ApiAs, news: list[Any]
) -> None:
    client = api_as(learner)
    here, there = RoadmapFactory.create_batch(2, owner=learner)
    done = sql(here, skills)
    same, deeper = sql(there, skills), sql(there, skills, 3)
    of_another = sql(RoadmapFactory(owner=other), skills)
    archived = sql(RoadmapFactory(owner=learner, status=RoadmapStatus.ARCHIVED), skills)

    assert client.post(f"{MODULES}{done.pk}/complete/").status_code == 200

    assert status_of(same) == ("completed", done.pk)
    assert client.get(f"{MODULES}{same.pk}/").json()["counted_from"] == str(done.pk)
    assert [status_of(each) for each in (deeper, of_another, archived)] == [("pending", None)] * 3
    assert client.get(f"{ROADMAPS}{there.pk}/").json()["progress"] == 50
    assert news == [done.pk]
    assert [each for each in check_all() if each.wrong] == []

    assert client.post(f"{MODULES}{done.pk}/reopen/").status_code == 200
    assert status_of(same) == ("pending", None)
    assert client.get(f"{ROADMAPS}{there.pk}/").json()["progress"] == 0
    assert [each for each in check_all() if each.wrong] == []


def test_a_level_in_parts_counts_with_its_last_part(learner: User, skills: dict[str, Skill], api_as: ApiAs) -> None:
    client = api_as(learner)
    here, there = RoadmapFactory.create_batch(2, owner=learner)
    first, last, same = sql(here, skills), sql(here, skills), sql(there, skills)
    client.post(f"{MODULES}{first.pk}/complete/")
    assert status_of(same)[0] == "pending"
    client.post(f"{MODULES}{last.pk}/complete/")
    assert status_of(same) == ("completed", last.pk)


def test_a_counted_module_can_be_taken_up_again(
    learner: User, skills: dict[str, Skill], api_as: ApiAs, news: list[Any]
) -> None:
    client = api_as(learner)
    here, there = RoadmapFactory.create_batch(2, owner=learner)
    done, same = sql(here, skills), sql(there, skills)
    client.post(f"{MODULES}{done.pk}/complete/")
    client.post(f"{MODULES}{same.pk}/reopen/")
    assert (status_of(same), status_of(done)) == (("in_progress", None), ("completed", None))
    assert news == [done.pk]
    client.post(f"{MODULES}{same.pk}/complete/")
    assert status_of(same) == ("completed", None)
    assert news == [done.pk, same.pk]


def test_what_is_known_counts_when_a_roadmap_is_followed(
    learner: User, skills: dict[str, Skill], api_as: ApiAs
) -> None:
    client = api_as(learner)
    done = sql(RoadmapFactory(owner=learner), skills)
    archived = RoadmapFactory(owner=learner, status=RoadmapStatus.ARCHIVED)
    same = sql(archived, skills)
    client.post(f"{MODULES}{done.pk}/complete/")
    assert status_of(same)[0] == "pending"
    client.post(f"{ROADMAPS}{archived.pk}/activate/")
    assert status_of(same) == ("completed", done.pk)


def test_new_plans_leave_out_what_was_completed_elsewhere(
    learner: User, skills: dict[str, Skill], api_as: ApiAs, goal: dict[str, Any]
) -> None:
    client = api_as(learner)

    def planned() -> set[str]:
        return {each["skill"] for each in client.post(f"{ROADMAPS}preview/", goal).json()["modules"]}

    assert "sql" in planned()
    done = sql(RoadmapFactory(owner=learner), skills, 5)
    client.post(f"{MODULES}{done.pk}/complete/")
    assert "sql" not in planned()


def test_others_roadmaps_say_how_much_of_them_one_knows(
    learner: User, other: User, skills: dict[str, Skill], api_as: ApiAs
) -> None:
    shared = RoadmapFactory(owner=other, visibility="public")
    for slug, level in (("sql", 2), ("programming", 2), ("programming", 3), ("git", 1)):
        ModuleFactory(roadmap=shared, skill=skills[slug], to_level=level)
    ModuleFactory(roadmap=shared, skill=None, to_level=0)
    done = sql(RoadmapFactory(owner=learner), skills)
    client = api_as(learner)
    url = f"{ROADMAPS}gallery/{shared.publication.slug}/"
    before = client.get(url).json()
    assert before["known"] == {"known": 1, "modules": 4, "in_words": "You already know 1 of 4."}
    client.post(f"{MODULES}{done.pk}/complete/")
    assert client.get(url).json()["known"]["in_words"] == "You already know 2 of 4."

    module = before["modules"][0]
    assert (module["skill"], module["status"], module["requires"]) == ("SQL", None, [])
    assert [each["title"] for each in module["resources"]] == ["sql in English", "sql auf Deutsch"]
    visitor = ApiClient().get(url)
    assert (visitor.status_code, visitor.json()["known"]) == (200, None)
    Roadmap.objects.filter(pk=shared.pk).update(visibility="private")
    assert client.get(url).status_code == 404


def test_evidence_is_kept_with_the_module(learner: User, skills: dict[str, Skill], api_as: ApiAs) -> None:
    client, module = api_as(learner), sql(RoadmapFactory(owner=learner), skills)
    url, shown = f"{MODULES}{module.pk}/", [{"title": "My schema", "url": "https://example.org/schema"}]
    assert client.post(f"{url}complete/", {"evidence": shown}).json()["evidence"] == shown
    client.post(f"{url}reopen/")
    assert client.post(f"{url}complete/").json()["evidence"] == shown
    assert Module.objects.get().status == ModuleStatus.COMPLETED
    client.post(f"{url}reopen/")
    wrong = client.post(f"{url}complete/", {"evidence": [{"title": "x", "url": "javascript:alert(1)"}]})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "evidence[0].url")
    assert Module.objects.get().status == ModuleStatus.IN_PROGRESS


def test_what_another_roadmap_reaches_as_well_stays_counted(
    learner: User, skills: dict[str, Skill], api_as: ApiAs
) -> None:
    client = api_as(learner)
    first, second, here = RoadmapFactory.create_batch(3, owner=learner)
    shallow, deep, same = sql(first, skills), sql(second, skills, 3), sql(here, skills)
    client.post(f"{MODULES}{shallow.pk}/complete/")
    client.post(f"{MODULES}{deep.pk}/complete/")
    assert status_of(same) == ("completed", shallow.pk)

    assert client.post(f"{MODULES}{shallow.pk}/reopen/").status_code == 200

    assert status_of(same) == ("completed", deep.pk)
    assert [each for each in check_all() if each.wrong] == []


def test_refresher_is_not_completed_by_what_is_known(learner: User, skills: dict[str, Skill], api_as: ApiAs) -> None:
    here, there = RoadmapFactory.create_batch(2, owner=learner)
    refresher = sql(there, skills, 2, from_level=2)
    api_as(learner).post(f"{MODULES}{sql(here, skills).pk}/complete/")
    assert status_of(refresher) == ("pending", None)


def test_restored_module_counts_what_was_completed_meanwhile(
    learner: User, skills: dict[str, Skill], api_as: ApiAs
) -> None:
    client = api_as(learner)
    here, there = RoadmapFactory.create_batch(2, owner=learner)
    done, same = sql(here, skills), sql(there, skills)
    ModuleFactory(roadmap=there, skill=None)
    client.delete(f"{MODULES}{same.pk}/")
    client.post(f"{MODULES}{done.pk}/complete/")
    client.post(f"{ROADMAPS}{there.pk}/versions/1/restore/", {})
    assert status_of(same) == ("completed", done.pk)


def test_plan_counts_what_was_completed_while_it_was_made(
    learner: User, skills: dict[str, Skill], api_as: ApiAs, goal: dict[str, Any], run_jobs: Callable[[], int]
) -> None:
    client, here = api_as(learner), RoadmapFactory(owner=learner)
    job = client.post(ROADMAPS, goal).json()
    client.post(f"{MODULES}{sql(here, skills, 5).pk}/complete/")
    run_jobs()
    planned = client.get(job["links"]["roadmap"]).json()["modules"]
    taught = [each for each in planned if each["skill"] and each["skill"]["slug"] == "sql"]
    assert taught
    assert {each["status"] for each in taught} == {"completed"}
