"""Plans anew of what is there: one module, or all that is not begun. Ids, notes and progress stay."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roadmaps.models import Generation, Module, Note, Roadmap
from roadmaps.tests.factories import ModuleFactory, NoteFactory
from roadmaps.tests.openai_server import OpenAiServer, openai_server, worded
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Skill, User

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
RunJobs = Callable[[], int]

ROADMAPS, MODULES = "/api/v1/roadmaps/", "/api/v1/modules/"


@pytest.fixture
def server(settings: Any) -> Iterator[OpenAiServer]:
    with openai_server() as running:
        settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = running.url, "test-model"
        settings.OPENAI_PRICES = {"test-model": (1.0, 2.0)}
        yield running


@pytest.fixture
def roadmap(learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs) -> Roadmap:
    """Planned by the built-in planner."""
    assert api_as(learner).post(ROADMAPS, goal).status_code == 202
    run_jobs()
    return Roadmap.objects.get()


def modules_of(roadmap: Roadmap) -> list[Module]:
    return list(Module.objects.present().filter(roadmap=roadmap).order_by("position"))


def test_module_is_worded_anew_with_the_learners_comment(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs, server: OpenAiServer, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "k"
    client, before = api_as(learner), modules_of(roadmap)
    module = before[0]
    client.post(f"{MODULES}{module.pk}/start/")
    NoteFactory(module=module, text="mine")
    accepted = client.post(f"{MODULES}{module.pk}/regenerate/", {"comment": "more practice"})
    assert accepted.status_code == 202
    assert (accepted.json()["kind"], accepted.json()["module"]) == ("module", str(module.pk))
    assert client.get(f"{ROADMAPS}{roadmap.pk}/").json()["status"] == "ready"

    run_jobs()

    after = client.get(f"{MODULES}{module.pk}/").json()
    assert after["title"].startswith("Worded: ")
    assert (after["status"], after["position"], Note.objects.get().text) == ("in_progress", module.position, "mine")
    assert [each.pk for each in modules_of(roadmap)] == [each.pk for each in before]
    assert "more practice" in server.requests[0]["messages"][1]["content"]
    receipt = client.get(accepted["Location"]).json()
    assert (receipt["status"], receipt["source"], receipt["comment"]) == ("succeeded", "model", "more practice")
    assert client.get(f"{ROADMAPS}limits/").json()["modules"]["used"] == 1
    assert [each for each in check_all() if each.wrong] == []


def test_words_that_the_learner_wrote_meanwhile_stay(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client, module = api_as(learner), modules_of(roadmap)[0]
    accepted = client.post(f"{MODULES}{module.pk}/regenerate/", {})
    client.patch(f"{MODULES}{module.pk}/", {"title": "My own words"})
    run_jobs()
    assert client.get(f"{MODULES}{module.pk}/").json()["title"] == "My own words"
    assert "your words stay" in client.get(accepted["Location"]).json()["faults"][0]["reason"]


def test_module_that_cannot_be_planned_anew_is_refused(
    roadmap: Roadmap, learner: User, api_as: ApiAs, skills: dict[str, Skill]
) -> None:
    client, (first, second, *_) = api_as(learner), modules_of(roadmap)
    client.post(f"{MODULES}{first.pk}/complete/", {"override": True})
    assert client.post(f"{MODULES}{first.pk}/regenerate/", {}).json()["code"] == "illegal_transition"
    by_hand = ModuleFactory(roadmap=roadmap, position=99, skill=None)
    assert client.post(f"{MODULES}{by_hand.pk}/regenerate/", {}).json()["code"] == "not_about_a_skill"
    assert client.post(f"{MODULES}{second.pk}/regenerate/", {}).status_code == 202
    assert client.post(f"{MODULES}{second.pk}/regenerate/", {}).json()["code"] == "job_running"
    assert client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {}).json()["code"] == "job_running"


def test_rest_is_planned_for_another_goal_and_nothing_done_is_lost(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs, skills: dict[str, Skill]
) -> None:
    client, before = api_as(learner), modules_of(roadmap)
    sql = next(each for each in before if each.skill == skills["sql"])
    git = next(each for each in before if each.skill == skills["git"])
    by_hand = ModuleFactory(roadmap=roadmap, position=99, skill=None, title="My project")
    client.post(f"{MODULES}{sql.pk}/complete/", {"override": True})
    NoteFactory(module=git, text="kept")

    accepted = client.post(
        f"{ROADMAPS}{roadmap.pk}/regenerate/", {"goal": "PostgreSQL and Git", "comment": "no Python"}
    )
    assert accepted.status_code == 202, accepted.content
    assert client.get(f"{ROADMAPS}{roadmap.pk}/").json()["goal_text"] != "PostgreSQL and Git", "until it is planned"
    run_jobs()

    shown = client.get(f"{ROADMAPS}{roadmap.pk}/").json()
    assert (shown["goal_text"], shown["understood"]["skills"]) == ("PostgreSQL and Git", ["postgresql", "git"])
    assert shown["progress"] > 0
    slugs = [(each["skill"] or {"slug": ""})["slug"] for each in shown["modules"]]
    assert slugs[0] == "sql", "what is done comes first"
    assert "python" not in slugs
    assert slugs[-1] == "", "what was written by hand stays"
    ids = {each["id"] for each in shown["modules"]}
    assert {str(sql.pk), str(by_hand.pk)} <= ids
    assert Module.objects.get(pk=sql.pk).status == "completed"
    assert Note.objects.get(text="kept").module_id == git.pk
    positions = [each["position"] for each in shown["modules"]]
    assert positions == sorted(set(positions))
    done: set[str] = set()
    for each in shown["modules"]:
        assert set(each["requires"]) <= done
        done.add(each["id"])
    assert [each for each in check_all() if each.wrong] == []


def test_rest_for_the_same_goal_keeps_every_id(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs, server: OpenAiServer, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "k"
    server.answer = worded()
    client, before = api_as(learner), modules_of(roadmap)
    client.post(f"{MODULES}{before[0].pk}/start/")
    client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {})
    run_jobs()
    after = modules_of(roadmap)
    assert {each.pk for each in after} == {each.pk for each in before}
    assert [each.title.startswith("Worded: ") for each in after] == [False, *[True] * (len(after) - 1)]


def test_goal_that_means_nothing_changes_nothing(roadmap: Roadmap, learner: User, api_as: ApiAs) -> None:
    refused = api_as(learner).post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {"goal": "become a great cook"})
    assert (refused.status_code, refused.json()["code"]) == (400, "goal_not_understood")
    assert Generation.objects.count() == 1


def test_cancelled_rest_leaves_the_roadmap_as_it_is(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client, before = api_as(learner), [(each.pk, each.title) for each in modules_of(roadmap)]
    accepted = client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {"goal": "Git"})
    cancelled = client.post(f"{accepted['Location']}cancel/")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    run_jobs()
    assert [(each.pk, each.title) for each in modules_of(roadmap)] == before
    assert client.get(f"{ROADMAPS}{roadmap.pk}/").json()["status"] == "ready"


def test_what_was_skipped_is_not_planned_again(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client, before = api_as(learner), modules_of(roadmap)
    client.post(f"{MODULES}{before[0].pk}/skip/")
    for _ in range(2):
        assert client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {}).status_code == 202
        run_jobs()
    assert {each.pk for each in modules_of(roadmap)} == {each.pk for each in before}
    assert Module.objects.get(pk=before[0].pk).status == "skipped"


def test_what_is_completed_while_the_rest_is_planned_is_not_planned_again(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client, before = api_as(learner), modules_of(roadmap)
    client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {})
    client.post(f"{MODULES}{before[0].pk}/complete/", {"override": True})
    run_jobs()
    assert {each.pk for each in modules_of(roadmap)} == {each.pk for each in before}
    assert Module.objects.get(pk=before[0].pk).status == "completed"


def test_module_added_by_hand_about_a_skill_stays_as_it_is(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    own = client.post(
        f"{ROADMAPS}{roadmap.pk}/modules/", {"title": "My course", "skill": "python", "estimated_minutes": 30}
    ).json()
    client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {})
    run_jobs()
    shown = client.get(f"{MODULES}{own['id']}/").json()
    assert (shown["title"], shown["estimated_minutes"], shown["status"]) == ("My course", 30, "pending")


def test_own_order_against_the_catalogues_is_kept(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    """The learner has turned an edge of the plan around: what the plan says must not close a circle."""
    client, before = api_as(learner), modules_of(roadmap)
    edge = Module.requires.through.objects.filter(module__roadmap=roadmap).first()
    assert edge is not None
    first, last = edge.requires_id, edge.module_id
    client.patch(f"{MODULES}{last}/", {"requires": []})
    assert client.patch(f"{MODULES}{first}/", {"requires": [str(last)]}).status_code == 200
    client.post(f"{MODULES}{first}/start/")
    client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {})
    run_jobs()
    assert client.get(f"{MODULES}{first}/").json()["requires"] == [str(last)]
    assert {each.pk for each in modules_of(roadmap)} == {each.pk for each in before}


def test_first_part_of_first_steps_is_worded_as_such(
    roadmap: Roadmap, learner: User, api_as: ApiAs, run_jobs: RunJobs, skills: dict[str, Skill]
) -> None:
    module = ModuleFactory(roadmap=roadmap, position=99, skill=skills["git"], from_level=0, to_level=0)
    client = api_as(learner)
    client.post(f"{MODULES}{module.pk}/regenerate/", {})
    run_jobs()
    shown = client.get(f"{MODULES}{module.pk}/").json()
    assert shown["title"] == "Git: first steps"
    assert "refresher" not in shown["title"] + shown["description"]


def test_jobs_of_every_kind_count_for_the_limit(
    roadmap: Roadmap, learner: User, api_as: ApiAs, goal: dict[str, Any]
) -> None:
    client = api_as(learner)
    jobs = [client.post(ROADMAPS, goal).json() for _ in range(3)]
    assert client.post(f"{ROADMAPS}{roadmap.pk}/regenerate/", {}).json()["code"] == "too_many_jobs"
    assert client.post(f"{MODULES}{modules_of(roadmap)[0].pk}/regenerate/", {}).json()["code"] == "too_many_jobs"
    client.post(f"{jobs[0]['links']['self']}cancel/")
    assert client.post(ROADMAPS, goal).status_code == 202
    assert client.post(f"{jobs[0]['links']['roadmap']}retry/").json()["code"] == "too_many_jobs"
