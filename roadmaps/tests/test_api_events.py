"""What a job tells while it goes on, as server-sent events; and its end before the end."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from roadmaps.models import Generation, Roadmap
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.clients import Client
from users.models import PersonalToken, User
from users.services import SessionService
from users.tests.factories import UserFactory
from users.tests.logins import as_client_of, logged_in
from users.tokens import issue_access_token

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
RunJobs = Callable[[], int]

ROADMAPS = "/api/v1/roadmaps/"


def frames(body: bytes) -> list[dict[str, str]]:
    """The events of a stream, field by field."""
    parts = [part for part in body.decode().split("\n\n") if part]
    return [dict(line.split(": ", 1) for line in part.split("\n")) for part in parts]


@pytest.fixture
def job(learner: User, api_as: ApiAs, goal: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = api_as(learner).post(ROADMAPS, goal).json()
    return made


def test_events_are_told_in_order_and_resumed_after_the_last_one_seen(
    job: dict[str, Any], learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    assert frames(client.get(job["links"]["events"]).content) == [{"retry": "1000"}]
    run_jobs()
    answer = client.get(job["links"]["events"], headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert (answer["Cache-Control"], answer["X-Accel-Buffering"]) == ("no-store", "no")
    _, *events = frames(answer.content)
    assert [each["event"] for each in events] == ["started", "planned", "succeeded"]
    assert [each["id"] for each in events] == ["1", "2", "3"]
    _, *rest = frames(client.get(job["links"]["events"], headers={"Last-Event-ID": "2"}).content)
    assert [each["event"] for each in rest] == ["succeeded"]


@pytest.mark.parametrize("end", ["succeeded", "cancelled"])
def test_whoever_has_the_last_event_of_a_job_that_has_ended_is_told_not_to_come_back(
    job: dict[str, Any], learner: User, api_as: ApiAs, run_jobs: RunJobs, end: str
) -> None:
    client, url = api_as(learner), job["links"]["events"]
    too_early = client.get(url, headers={"Last-Event-ID": "3"})
    if end == "cancelled":
        client.post(f"{job['links']['self']}cancel/")
    run_jobs()

    last = frames(client.get(url).content)[-1]
    again = client.get(url, headers={"Last-Event-ID": last["id"], "Accept": "text/event-stream"})

    assert too_early.status_code == 200
    assert last["event"] == end
    assert (again.status_code, again.content, again["Cache-Control"]) == (204, b"", "no-store")


@pytest.mark.parametrize("last", ["-1", "two", "1" * 10])
def test_last_event_id_that_is_no_number_is_refused(
    job: dict[str, Any], learner: User, api_as: ApiAs, last: str
) -> None:
    answer = api_as(learner).get(job["links"]["events"], headers={"Last-Event-ID": last})
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["Last-Event-ID"]


def test_events_of_others_are_not_there(job: dict[str, Any], api_as: ApiAs) -> None:
    other = api_as(UserFactory())
    assert other.get(job["links"]["events"]).status_code == 404
    assert other.post(f"{job['links']['self']}cancel/").status_code == 404


def test_cancelled_job_leaves_a_draft_that_can_be_planned_again(
    job: dict[str, Any], learner: User, api_as: ApiAs, run_jobs: RunJobs
) -> None:
    client = api_as(learner)
    assert client.post(f"{job['links']['self']}cancel/").json()["status"] == "cancelled"
    assert client.get(job["links"]["roadmap"]).json()["status"] == "draft"
    assert [each["event"] for each in frames(client.get(job["links"]["events"]).content)[1:]] == ["cancelled"]
    run_jobs()
    assert not Roadmap.objects.get().modules.exists()
    again = client.post(f"{job['links']['self']}cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")

    assert client.post(f"{job['links']['roadmap']}retry/").status_code == 202
    run_jobs()
    assert client.get(job["links"]["roadmap"]).json()["status"] == "ready"


def test_draft_with_modules_is_not_planned_over(job: dict[str, Any], learner: User, api_as: ApiAs) -> None:
    client = api_as(learner)
    client.post(f"{job['links']['self']}cancel/")
    client.post(f"{job['links']['roadmap']}modules/", {"title": "Mine", "estimated_minutes": 60})
    assert client.post(f"{job['links']['roadmap']}retry/").json()["code"] == "illegal_transition"


@pytest.mark.django_db(transaction=True)
def test_realtime_process_keeps_the_connection_until_the_job_has_ended(
    learner: User, goal: dict[str, Any], api_as: ApiAs, run_jobs: RunJobs
) -> None:
    job = api_as(learner).post(ROADMAPS, goal).json()
    token = issue_access_token(learner, family_id=new_id())

    async def watch() -> bytes:
        response = await AsyncClient().get(job["links"]["events"], headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200
        body = b""
        async for piece in cast("StreamingHttpResponse", response):
            if not body:
                await sync_to_async(run_jobs)()
            body += piece
        return body

    _, *events = frames(asyncio.run(asyncio.wait_for(watch(), 20)))
    assert [each["event"] for each in events] == ["started", "planned", "succeeded"]
    assert Generation.objects.get().status == "succeeded"

    async def come_back() -> int:
        headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": events[-1]["id"]}
        return (await AsyncClient().get(job["links"]["events"], headers=headers)).status_code

    assert asyncio.run(asyncio.wait_for(come_back(), 20)) == 204


def with_ended_session(learner: User) -> tuple[str, Callable[[], Any]]:
    return logged_in(learner).access, lambda: SessionService().end_all(learner, keep=None, client=Client())


def with_closed_account(learner: User) -> tuple[str, Callable[[], Any]]:
    return logged_in(learner).access, lambda: User.objects.filter(pk=learner.pk).update(is_active=False)


def with_removed_token(learner: User) -> tuple[str, Callable[[], Any]]:
    session = as_client_of(logged_in(learner))
    body = {"name": "Script", "scopes": ["roadmaps:read"], "expires_in_days": 1}
    return session.post("/api/v1/auth/tokens/", body).json()["token"], PersonalToken.objects.all().delete


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", [with_ended_session, with_closed_account, with_removed_token])
def test_nothing_is_told_after_the_login_is_over(
    learner: User,
    goal: dict[str, Any],
    api_as: ApiAs,
    run_jobs: RunJobs,
    begin: Callable[[User], tuple[str, Callable[[], Any]]],
) -> None:
    job = api_as(learner).post(ROADMAPS, goal).json()
    token, end = begin(learner)

    async def watch() -> bytes:
        response = await AsyncClient().get(job["links"]["events"], headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200
        body = b""
        async for piece in cast("StreamingHttpResponse", response):
            if not body:
                await sync_to_async(end)()
                await sync_to_async(run_jobs)()
            body += piece
        return body

    assert frames(asyncio.run(asyncio.wait_for(watch(), 20))) == [{"retry": "1000"}]
