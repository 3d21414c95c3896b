"""From the wish to the roadmap, over HTTP and through the worker's task."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from notifications.models import Notification
from roadmaps.models import Generation, Module, Roadmap
from roadmaps.services import PlanningService, RoadmapService, Wish
from roadmaps.signals import module_completed, module_reopened, roadmap_ready
from roadmaps.tests.factories import GenerationFactory, ModuleFactory
from roadmaps.tests.openai_server import openai_server, refused
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.dead_letters import ReplayRefusedError, replay
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.core.errors import InvalidInput
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Profile, ProfileSkill, Skill, User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
RunJobs = Callable[[], int]

ROADMAPS = "/api/v1/roadmaps/"


def test_wish_becomes_a_roadmap_for_this_learner(
    learner: User, goal: dict[str, Any], api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client = api_as(learner)

    accepted = client.post(ROADMAPS, goal)

    assert accepted.status_code == 202
    job = accepted.json()
    assert job["status"] == "queued"
    assert accepted["Location"] == job["links"]["self"] == f"/api/v1/roadmaps/generations/{job['id']}/"
    assert client.get(job["links"]["roadmap"]).json()["status"] == "generating"

    assert run_jobs() == 1

    receipt = client.get(accepted["Location"]).json()
    assert (receipt["status"], receipt["source"], receipt["fallback_reason"]) == ("succeeded", "planner", "")
    roadmap = client.get(receipt["links"]["roadmap"]).json()
    assert roadmap["status"] == "ready"
    assert roadmap["title"] == "Backend engineer with Python and PostgreSQL"
    assert roadmap["track"] == roadmap["understood"]["track"] == "backend-python"
    assert roadmap["understood"]["skills"] == ["python", "postgresql"]
    modules = roadmap["modules"]
    assert {module["skill"]["slug"] for module in modules} == {"python", "sql", "postgresql", "git"}
    done: set[str] = set()
    for module in modules:
        assert set(module["requires"]) <= done
        done.add(module["id"])
    assert sum(module["estimated_minutes"] for module in modules) == 3 * 400 + 2 * 300 + 3 * 350 + 1 * 120
    assert roadmap["plan_summary"]["total_minutes"] == sum(module["estimated_minutes"] for module in modules)
    assert roadmap["plan_summary"]["fits"] is True
    assert [module["resources"][0]["language"] for module in modules] == ["de"] * len(modules)


def ask(client: ApiClient, goal: dict[str, Any]) -> dict[str, Any]:
    response = client.post(ROADMAPS, goal)
    assert response.status_code == 202, response.content
    job: dict[str, Any] = response.json()
    return job


def test_goal_that_means_nothing_is_refused_with_tracks_to_choose_from(learner: User, api_as: ApiAs) -> None:
    response = api_as(learner).post(ROADMAPS, {"goal": "become a great cook", "hours_per_week": 6, "weeks": 20})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (400, "goal_not_understood")
    assert [error["field"] for error in problem["errors"]] == ["goal"]
    assert problem["suggestions"] == [{"track": "backend-python", "name": "Back-end development with Python"}]
    assert not Roadmap.objects.exists()


def test_goal_that_is_reached_already_is_refused(learner: User, api_as: ApiAs, goal: dict[str, Any]) -> None:
    ProfileSkill.objects.filter(profile__user=learner).update(level=5)
    response = api_as(learner).post(ROADMAPS, goal | {"goal": "programming"})
    assert (response.status_code, response.json()["code"]) == (400, "nothing_to_learn")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("goal", ""), ("goal", "x"), ("goal", "x" * 501), ("goal", None), ("hours_per_week", 0),
        ("hours_per_week", 81), ("hours_per_week", "six"), ("weeks", 0), ("weeks", 105), ("track", "no such"),
        ("track", "cooking"), ("started_on", "2101-01-01"), ("title", "x" * 121),
    ],
)  # fmt: skip
def test_wish_that_makes_no_sense_names_the_field(
    learner: User, api_as: ApiAs, goal: dict[str, Any], field: str, value: Any
) -> None:
    response = api_as(learner).post(ROADMAPS, goal | {field: value})
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not OutboxMessage.objects.exists()


def test_chosen_track_title_and_start_are_taken(learner: User, api_as: ApiAs, goal: dict[str, Any]) -> None:
    own = {"goal": "whatever", "track": "backend-python", "title": "My way", "started_on": "2026-12-01"}
    job = ask(api_as(learner), goal | own)
    roadmap = Roadmap.objects.get(pk=job["roadmap"])
    assert (roadmap.title, str(roadmap.started_on)) == ("My way", "2026-12-01")
    assert roadmap.track is not None
    assert roadmap.track.slug == "backend-python"


def test_plan_without_a_profile_begins_at_zero(skills: dict[str, Skill], api_as: ApiAs, run_jobs: RunJobs) -> None:
    client = api_as(UserFactory())
    assert not Profile.objects.exists()
    job = ask(client, {"goal": "learn Python", "hours_per_week": 5, "weeks": 1})
    run_jobs()
    shown = client.get(job["links"]["roadmap"]).json()
    assert {module["skill"]["slug"] for module in shown["modules"]} == {"programming", "python"}
    summary = shown["plan_summary"]
    assert (summary["fits"], summary["shortfall_minutes"], summary["could_drop"]) == (False, 1800 - 300, [])


def test_same_idempotency_key_asks_once(learner: User, api_as: ApiAs, goal: dict[str, Any]) -> None:
    client = api_as(learner)
    first = client.post(ROADMAPS, goal, headers={"Idempotency-Key": "k"})
    again = client.post(ROADMAPS, goal, headers={"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert Generation.objects.count() == 1


def test_jobs_at_once_are_limited(learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs) -> None:
    client = api_as(learner)
    for _ in range(3):
        ask(client, goal)
    refused = client.post(ROADMAPS, goal)
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (409, "too_many_jobs", "10")
    run_jobs()
    ask(client, goal)


def test_message_that_comes_twice_has_one_effect(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs
) -> None:
    job = ask(api_as(learner), goal)
    run_jobs()
    ids = set(Module.objects.values_list("pk", flat=True))
    OutboxMessage.objects.filter(topic="roadmaps.generate").update(done_at=None)
    run_jobs()
    assert set(Module.objects.values_list("pk", flat=True)) == ids
    another = outbox.publish("roadmaps.generate", payload={"generation_id": job["id"], "owner_id": str(learner.pk)})
    run_jobs()
    assert set(Module.objects.values_list("pk", flat=True)) == ids
    assert OutboxMessage.objects.get(pk=another).done_at


def test_roadmap_that_is_deleted_meanwhile_ends_the_job_quietly(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    job = ask(client, goal)
    assert client.delete(job["links"]["roadmap"]).status_code == 204
    run_jobs()
    assert OutboxMessage.objects.get(topic="roadmaps.generate").done_at


def test_job_that_cannot_be_done_fails_after_the_last_attempt_and_can_be_tried_again(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    job = ask(client, goal)
    Generation.objects.update(input={**Generation.objects.get().input, "targets": [["vanished", 3, True]]})
    for _ in range(outbox.MOST_ATTEMPTS - 1):
        run_jobs()
        assert client.get(job["links"]["self"]).json()["status"] == "running"
    run_jobs()

    receipt = client.get(job["links"]["self"]).json()
    assert (receipt["status"], receipt["error"]) == (
        "failed", "The roadmap could not be planned; we have been told.",
    )  # fmt: skip
    assert "vanished" in OutboxMessage.objects.get(topic="roadmaps.generate").last_error
    assert OutboxMessage.objects.get(topic="roadmaps.generate").dead_at
    assert client.get(job["links"]["roadmap"]).json()["status"] == "failed"
    assert [each.kind for each in Notification.objects.all()] == ["roadmap_failed"]

    again = client.post(f"{job['links']['roadmap']}retry/")
    assert again.status_code == 202
    assert run_jobs() == 1
    shown = client.get(job["links"]["roadmap"]).json()
    assert (shown["status"], shown["generation"]["status"]) == ("ready", "succeeded")
    assert client.post(f"{job['links']['roadmap']}retry/").json()["code"] == "illegal_transition"


def test_job_whose_worker_dies_each_time_fails_and_can_be_tried_again(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    job = ask(client, goal)
    message = OutboxMessage.objects.get(topic="roadmaps.generate")
    for attempt in range(outbox.MOST_ATTEMPTS):
        # What is left of an attempt whose worker was killed: it was counted, and had begun.
        outbox.begin_attempt(message.pk, attempts_before=attempt, lease=timedelta(0))
        with acting_as(learner.pk):
            PlanningService().begin(generation_id=Generation.objects.get().pk)

    run_jobs()

    assert client.get(job["links"]["self"]).json()["status"] == "failed"
    assert client.get(job["links"]["roadmap"]).json()["status"] == "failed"
    assert OutboxMessage.objects.get(topic="roadmaps.generate").dead_at
    assert [each.kind for each in Notification.objects.all()] == ["roadmap_failed"]
    assert client.post(f"{job['links']['roadmap']}retry/").status_code == 202


@pytest.fixture
def dead_job(learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs) -> Generation:
    """It failed five times, and what it failed of is mended by now."""
    ask(api_as(learner), goal)
    asked = Generation.objects.get().input
    Generation.objects.update(input={**asked, "targets": [["vanished", 3, True]]})
    for _ in range(outbox.MOST_ATTEMPTS):
        run_jobs()
    Generation.objects.update(input=asked)
    job: Generation = Generation.objects.get()
    assert (job.status, job.roadmap.status) == ("failed", "failed")
    return job


def test_replayed_job_plans_the_roadmap_and_tells_its_owner(dead_job: Generation, run_jobs: RunJobs) -> None:
    assert replay(decided_by="test").count == 1
    dead_job.refresh_from_db()
    assert (dead_job.status, dead_job.error, dead_job.roadmap.status) == ("queued", "", "generating")

    run_jobs()

    dead_job = Generation.objects.get()
    assert (dead_job.status, dead_job.roadmap.status) == ("succeeded", "ready")
    assert Module.objects.exists()
    assert [each.kind for each in Notification.objects.order_by("pk")] == ["roadmap_failed", "roadmap_ready"]
    assert [each for each in check_all() if each.wrong] == []


def test_job_whose_owner_tried_again_is_not_replayed(
    dead_job: Generation, learner: User, api_as: ApiAs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api_as(learner).post(f"/api/v1/roadmaps/{dead_job.roadmap_id}/retry/").status_code == 202

    with pytest.raises(CommandError, match="1 of 1 could not be replayed"):
        call_command("dead_letters", "replay", "--all")

    assert "went on without it: the roadmap is generating" in capsys.readouterr().out
    dead_job.refresh_from_db()
    assert dead_job.status == "failed"
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 1


def test_job_of_a_deleted_roadmap_is_not_replayed(dead_job: Generation) -> None:
    dead_job.roadmap.delete()
    (why,) = replay(decided_by="test").refused.values()
    assert why == "its roadmap was deleted; drop this message"


def test_job_that_is_done_or_still_open_is_left_alone(learner: User) -> None:
    job = GenerationFactory(status="running")
    PlanningService().open_again(generation_id=job.pk)
    job.refresh_from_db()
    assert job.status == "running"
    Generation.objects.filter(pk=job.pk).update(status="succeeded", finished_at=timezone.now())
    with pytest.raises(ReplayRefusedError, match="planned already"):
        PlanningService().open_again(generation_id=job.pk)


def test_model_words_the_plan_and_its_receipt_is_kept(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: RunJobs, settings: Any
) -> None:
    client = api_as(learner)
    with openai_server() as server:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "k", server.url, "test-model"
        settings.OPENAI_PRICES = {"test-model": (1.0, 2.0)}
        job = ask(client, goal)
        run_jobs()
        assert not connection.needs_rollback
        equal = ask(client, goal)
        run_jobs()
        server.answer = lambda _: refused(400)
        fallen = ask(client, goal | {"goal": "learn SQL"})
        run_jobs()
    receipt = client.get(job["links"]["self"]).json()
    assert (receipt["source"], receipt["model"], receipt["prompt_tokens"]) == ("model", "test-model", 321)
    assert (receipt["attempts"], receipt["cost"], receipt["is_cached"]) == (1, "0.000567", False)
    titles = [module["title"] for module in client.get(job["links"]["roadmap"]).json()["modules"]]
    assert all(title.startswith("Worded: ") for title in titles)
    receipt = client.get(fallen["links"]["self"]).json()
    assert (receipt["status"], receipt["source"]) == ("succeeded", "planner")
    assert receipt["fallback_reason"] == "The model's service answered 400."
    assert client.get(fallen["links"]["roadmap"]).json()["modules"]
    receipt = client.get(equal["links"]["self"]).json()
    assert (receipt["is_cached"], receipt["cost"], receipt["attempts"]) == (True, "0.000000", 0)
    use = client.get(f"{ROADMAPS}limits/").json()
    assert (use["roadmaps"]["used"], use["modules"]["used"]) == (2, 0), (
        "what was asked counts, what was shared does not"
    )


def test_job_that_has_ended_or_is_gone_is_left_alone() -> None:
    service = PlanningService()
    assert service.begin(generation_id=new_id()) is None
    service.fail(generation_id=new_id(), error="x")
    job = GenerationFactory()
    service.fail(generation_id=job.pk, error="first")
    service.fail(generation_id=job.pk, error="second")
    job.refresh_from_db()
    assert job.error == "first"
    assert service.begin(generation_id=job.pk) is None


def test_others_hear_of_what_happens_in_its_transaction(learner: User, goal: dict[str, Any], run_jobs: RunJobs) -> None:
    heard: list[tuple[str, Any]] = []

    def listen(name: str) -> Callable[..., None]:
        def receive(sender: Any, actor: User, **subject: Any) -> None:
            assert connection.in_atomic_block
            assert actor == learner
            heard.append((name, subject["roadmap" if name == "ready" else "module"].pk))

        return receive

    receivers = {
        signal: listen(name)
        for signal, name in [(roadmap_ready, "ready"), (module_completed, "completed"), (module_reopened, "reopened")]
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver)
    try:
        service = RoadmapService()
        job = service.generate_roadmap(actor=learner, wish=Wish(**goal))
        run_jobs()
        module = ModuleFactory(roadmap__owner=learner)
        service.complete_module(actor=learner, module_id=module.pk)
        service.reopen_module(actor=learner, module_id=module.pk)
        service.skip_module(actor=learner, module_id=module.pk)
        service.reopen_module(actor=learner, module_id=module.pk)
    finally:
        for signal, receiver in receivers.items():
            signal.disconnect(receiver)
    assert heard == [("ready", job.roadmap_id), ("completed", module.pk), ("reopened", module.pk)]


def test_field_that_may_not_be_changed_is_refused_by_the_service(learner: User) -> None:
    module = ModuleFactory(roadmap__owner=learner)
    with pytest.raises(InvalidInput, match="cannot be changed"):
        RoadmapService().update(actor=learner, roadmap_id=module.roadmap_id, changes={"progress": 100})


def test_draft_that_is_planned_keeps_what_its_goal_was_taken_to_mean(
    learner: User, api_as: ApiAs, goal: dict[str, Any], run_jobs: Callable[[], int]
) -> None:
    client = api_as(learner)
    draft = client.post(
        "/api/v1/roadmaps/drafts/", {"title": "Mine", "goal_text": goal["goal"], "hours_per_week": 5, "weeks": 12}
    ).json()
    assert client.post(f"/api/v1/roadmaps/{draft['id']}/retry/").status_code == 202
    run_jobs()
    shown = client.get(f"/api/v1/roadmaps/{draft['id']}/").json()
    assert (shown["status"], bool(shown["understood"]["targets"])) == ("ready", True)
