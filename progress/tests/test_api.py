"""Log, streak, figures, repositories and deliveries over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from progress.enums import LogKind
from progress.models import ProgressLog, Repository
from progress.services.repositories import MOST_REPOSITORIES
from progress.tests.factories import ProgressLogFactory, RepositoryFactory, WebhookDeliveryFactory
from roadmaps.tests.factories import ModuleFactory, RoadmapFactory
from skillbridge_backend.core.models import IdempotencyRecord
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User
from users.tests.factories import ProfileFactory, SkillFactory, UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
LOG = "/api/v1/progress/log/"
REPOSITORIES = "/api/v1/progress/repositories/"
DELIVERIES = "/api/v1/progress/deliveries/"
STATS = "/api/v1/progress/stats/"
STREAK = "/api/v1/progress/streak/"


@pytest.fixture
def user() -> User:
    user: User = UserFactory()
    ProfileFactory(user=user, time_zone="Europe/Berlin")
    return user


def errors_of(response: Any) -> list[str]:
    assert response.status_code == 400, response.content
    return [error["field"] for error in response.json()["errors"]]


def test_manual_entry_is_logged(api_as: ApiAs, user: User) -> None:
    SkillFactory(slug="python")
    response = api_as(user).post(LOG, {"minutes": 90, "skill": "python", "note": "asyncio"})
    assert response.status_code == 201, response.content
    row = response.json()
    assert (row["kind"], row["evidence"], row["minutes"], row["skill"]) == ("manual", "self", 90, "python")
    assert (row["time_zone"], row["data"]) == ("Europe/Berlin", {"note": "asyncio"})
    assert api_as(user).get(response["Location"]).json() == row


def test_manual_entry_takes_the_skill_of_its_module(api_as: ApiAs, user: User) -> None:
    module = ModuleFactory(roadmap__owner=user)
    row = api_as(user).post(LOG, {"minutes": 5, "module": str(module.pk)}).json()
    assert (row["module"], row["skill"], row["data"]["title"]) == (str(module.pk), module.skill.slug, module.title)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 1, "skill": "unknown"}, "skill"),
        ({"minutes": 1, "note": "x" * 501}, "note"),
        ({"minutes": 1, "module": "018f0000-0000-7000-8000-000000000000"}, "module"),
        ({"minutes": 1, "module": "x"}, "module"),
        ({"minutes": 1, "occurred_at": "yesterday"}, "occurred_at"),
    ],
)
def test_manual_entry_that_is_wrong_names_the_field(
    api_as: ApiAs, user: User, entry: dict[str, Any], field: str
) -> None:
    assert errors_of(api_as(user).post(LOG, entry)) == [field]
    assert not ProgressLog.objects.exists()


def test_manual_entry_for_anothers_module_is_refused(api_as: ApiAs, user: User) -> None:
    assert errors_of(api_as(user).post(LOG, {"minutes": 1, "module": str(ModuleFactory().pk)})) == ["module"]


@pytest.mark.parametrize("offset", [timedelta(minutes=1), timedelta(days=-30, minutes=-1)])
def test_manual_entry_is_of_the_last_thirty_days(api_as: ApiAs, user: User, offset: timedelta) -> None:
    entry = {"minutes": 1, "occurred_at": (timezone.now() + offset).isoformat()}
    assert errors_of(api_as(user).post(LOG, entry)) == ["occurred_at"]


def test_day_has_24_hours(api_as: ApiAs, user: User) -> None:
    client = api_as(user)
    at = (timezone.now() - timedelta(days=2)).isoformat()
    assert client.post(LOG, {"minutes": 1400, "occurred_at": at}).status_code == 201
    response = client.post(LOG, {"minutes": 41, "occurred_at": at})
    assert errors_of(response) == ["minutes"]
    assert "40 minutes left" in response.json()["detail"]
    assert client.post(LOG, {"minutes": 40, "occurred_at": at}).status_code == 201


def test_same_idempotency_key_logs_once(api_as: ApiAs, user: User) -> None:
    client = api_as(user)
    answers = [client.post(LOG, {"minutes": 10}, headers={"Idempotency-Key": "k"}).json()["id"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert ProgressLog.objects.count() == 1


def test_log_is_ones_own_latest_first_and_filtered(api_as: ApiAs, user: User) -> None:
    now = timezone.now()
    old = ProgressLogFactory(user=user, occurred_at=now - timedelta(days=5))
    new = ProgressLogFactory(user=user, occurred_at=now, kind=LogKind.MODULE_COMPLETED, minutes=None)
    ProgressLogFactory()
    client = api_as(user)

    def ids(**query: Any) -> list[str]:
        response = client.get(LOG, query)
        assert response.status_code == 200, response.content
        return [row["id"] for row in response.json()["results"]]

    assert ids() == [str(new.pk), str(old.pk)]
    assert ids(kind="manual") == [str(old.pk)]
    assert ids(kind=["manual", "module_completed"]) == [str(new.pk), str(old.pk)]
    assert ids(since=(now - timedelta(days=1)).isoformat()) == [str(new.pk)]
    assert ids(until=(now - timedelta(days=1)).isoformat()) == [str(old.pk)]
    assert ids(evidence="commit") == []
    assert errors_of(client.get(LOG, {"kind": "x"})) == ["kind"]


def test_moderator_lists_their_own_log_too(api_as: ApiAs) -> None:
    ProgressLogFactory()
    assert api_as(UserFactory(role="moderator")).get(LOG).json()["results"] == []


def test_streak_is_counted_in_the_learners_zone(api_as: ApiAs, user: User) -> None:
    for back in (0, 1, 2):
        ProgressLogFactory(user=user, occurred_at=timezone.now() - timedelta(days=back), time_zone="Europe/Berlin")
    answer = api_as(user).get(STREAK).json()
    assert (answer["current"], answer["longest"], answer["is_today_done"]) == (3, 3, True)


def test_same_instants_are_other_days_in_other_zones() -> None:
    late = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    days = {
        zone: str(ProgressLog.objects.get(pk=ProgressLogFactory(occurred_at=late, time_zone=zone).pk).occurred_on)
        for zone in ("UTC", "Asia/Tokyo", "America/New_York")
    }
    assert days == {"UTC": "2026-01-10", "Asia/Tokyo": "2026-01-11", "America/New_York": "2026-01-10"}


def test_learner_without_work_has_no_streak(api_as: ApiAs) -> None:
    answer = api_as(UserFactory()).get(STREAK).json()
    assert answer == {"current": 0, "longest": 0, "last_day": None, "is_today_done": False}


def test_zone_that_this_machine_does_not_know_is_utc(api_as: ApiAs, user: User) -> None:
    user.profile.time_zone = "Mars/Olympus"
    user.profile.save()
    assert api_as(user).post(LOG, {"minutes": 1}).json()["time_zone"] == "UTC"


def test_statistics_sum_days_and_weeks(api_as: ApiAs, user: User) -> None:
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for day, minutes in [(0, 30), (0, 10), (6, 20), (7, 5)]:
        ProgressLogFactory(user=user, occurred_at=monday + timedelta(days=day), minutes=minutes)
    ProgressLogFactory(minutes=500)
    figures = api_as(user).get(STATS, {"since": "2026-03-01", "until": "2026-03-31"}).json()
    assert figures["totals"] == {
        "entries": 4,
        "minutes": 65,
        "commits": 0,
        "pull_requests": 0,
        "modules_completed": 0,
        "active_days": 3,
    }
    assert [(week["monday"], week["minutes"]) for week in figures["weeks"]] == [("2026-03-02", 60), ("2026-03-09", 5)]
    assert [(day["day"], day["entries"]) for day in figures["heatmap"]["days"]] == [
        ("2026-03-02", 2),
        ("2026-03-08", 1),
        ("2026-03-09", 1),
    ]


def test_statistics_cover_half_a_year_when_not_asked(api_as: ApiAs, user: User) -> None:
    heatmap = api_as(user).get(STATS).json()["heatmap"]
    assert heatmap["days"] == []
    assert datetime.fromisoformat(heatmap["last"]) - datetime.fromisoformat(heatmap["first"]) == timedelta(days=181)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-02-02", "until": "2026-02-01"}, "since"),
        ({"since": "2024-01-01", "until": "2026-02-01"}, "since"),
        ({"since": "x"}, "since"),
        ({"until": "0001-01-01"}, "until"),
    ],
)
def test_statistics_of_a_wrong_range_name_the_field(
    api_as: ApiAs, user: User, query: dict[str, str], field: str
) -> None:
    assert errors_of(api_as(user).get(STATS, query)) == [field]


def test_connecting_tells_address_and_secret_once(api_as: ApiAs, user: User, settings: Any) -> None:
    settings.PUBLIC_URL = "https://api.example.org"
    client = api_as(user)
    response = client.post(REPOSITORIES, {"full_name": "octo/hello"})
    assert response.status_code == 201, response.content
    answer = response.json()
    repository = Repository.objects.get()
    assert answer["webhook_url"] == f"https://api.example.org/api/v1/webhooks/github/{repository.pk}/"
    assert answer["webhook_secret"] == repository.webhook_secret
    assert len(answer["webhook_secret"]) >= 43
    shown = client.get(response["Location"])
    assert shown.status_code == 200
    assert repository.webhook_secret not in shown.content.decode() + client.get(REPOSITORIES).content.decode()


def test_secret_is_not_kept_for_replays(api_as: ApiAs, user: User) -> None:
    response = api_as(user).post(REPOSITORIES, {"full_name": "octo/hello"}, headers={"Idempotency-Key": "k"})
    assert response.status_code == 201
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("name", ["octo", "octo/..", "https://github.com/octo/hello", ""])
def test_connecting_what_is_no_repository_names_the_field(api_as: ApiAs, user: User, name: str) -> None:
    assert errors_of(api_as(user).post(REPOSITORIES, {"full_name": name})) == ["full_name"]


def test_repository_is_connected_once_whatever_its_case(api_as: ApiAs, user: User) -> None:
    client = api_as(user)
    assert client.post(REPOSITORIES, {"full_name": "octo/hello"}).status_code == 201
    response = client.post(REPOSITORIES, {"full_name": "Octo/Hello"})
    assert (response.status_code, response.json()["code"]) == (409, "repository_already_connected")
    assert api_as(UserFactory()).post(REPOSITORIES, {"full_name": "octo/hello"}).status_code == 201


def test_connections_are_limited(api_as: ApiAs, user: User) -> None:
    RepositoryFactory.create_batch(MOST_REPOSITORIES, owner=user)
    response = api_as(user).post(REPOSITORIES, {"full_name": "octo/one-more"})
    assert (response.status_code, response.json()["code"]) == (409, "too_many_repositories")


def test_disconnected_repository_is_gone_and_can_come_again(api_as: ApiAs, user: User) -> None:
    client = api_as(user)
    path = client.post(REPOSITORIES, {"full_name": "octo/hello"})["Location"]
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404
    assert client.get(REPOSITORIES).json()["results"] == []
    assert client.post(REPOSITORIES, {"full_name": "octo/hello"}).status_code == 201


def test_rotating_tells_a_new_secret(api_as: ApiAs, user: User) -> None:
    repository = RepositoryFactory(owner=user)
    answer = api_as(user).post(f"{REPOSITORIES}{repository.pk}/rotate-secret/").json()
    rotated = Repository.objects.get()
    assert answer["webhook_secret"] == rotated.webhook_secret != repository.webhook_secret
    assert rotated.previous_secret == repository.webhook_secret
    assert answer["repository"]["previous_secret_expires_at"]


def test_deliveries_are_ones_own_without_their_bodies(api_as: ApiAs, user: User) -> None:
    delivery = WebhookDeliveryFactory(repository__owner=user, payload={"private": "thing"})
    WebhookDeliveryFactory()
    client = api_as(user)
    rows = client.get(DELIVERIES).json()["results"]
    assert [row["id"] for row in rows] == [str(delivery.pk)]
    assert "payload" not in rows[0]
    assert client.get(f"{DELIVERIES}{delivery.pk}/").json() == rows[0]
    assert client.get(DELIVERIES, {"status": "failed"}).json()["results"] == []
    assert len(client.get(DELIVERIES, {"repository": str(delivery.repository_id)}).json()["results"]) == 1


def test_effort_of_a_roadmap_is_the_log_against_the_estimates(api_as: ApiAs, user: User) -> None:
    first = ModuleFactory(roadmap__owner=user, estimated_minutes=60, status="completed")
    second = ModuleFactory(roadmap=first.roadmap, estimated_minutes=100)
    removed = ModuleFactory(roadmap=first.roadmap, status="removed")
    for module, minutes in ((first, 50), (first, 40), (second, 30), (removed, 5)):
        ProgressLogFactory(user=user, module_id=module.pk, minutes=minutes)
    ProgressLogFactory(user=user, module_id=first.pk, minutes=None, kind=LogKind.MODULE_COMPLETED)
    ProgressLogFactory(module_id=first.pk, minutes=500)  # somebody else's

    told = api_as(user).get(f"/api/v1/progress/roadmaps/{first.roadmap_id}/").json()

    assert (told["estimated_minutes"], told["logged_minutes"], told["ratio"]) == (160, 120, 1.5)
    assert [(each["module"], each["status"], each["logged_minutes"]) for each in told["modules"]] == [
        (str(first.pk), "completed", 90),
        (str(second.pk), "pending", 30),
    ]


def test_effort_is_of_ones_own_roadmap_and_has_no_ratio_before_there_is_any(api_as: ApiAs, user: User) -> None:
    module = ModuleFactory(roadmap__owner=user)
    url = f"/api/v1/progress/roadmaps/{module.roadmap_id}/"
    assert api_as(user).get(url).json()["ratio"] is None
    assert api_as(UserFactory()).get(url).status_code == 404


def test_minutes_of_a_module_count_for_the_one_that_took_it_over(api_as: ApiAs, user: User) -> None:
    one, two, three = ModuleFactory.create_batch(
        3, roadmap=RoadmapFactory(owner=user), skill=None, estimated_minutes=60
    )
    for module in (one, two, three):
        ProgressLogFactory(user=user, module_id=module.pk, minutes=60)
    client = api_as(user)
    assert client.post(f"/api/v1/modules/{two.pk}/join/", {"modules": [str(three.pk)]}).status_code == 200
    assert client.post(f"/api/v1/modules/{one.pk}/join/", {"modules": [str(two.pk)]}).status_code == 200
    client.post(f"/api/v1/modules/{one.pk}/complete/")

    told = client.get(f"/api/v1/progress/roadmaps/{one.roadmap_id}/").json()

    assert (told["estimated_minutes"], told["logged_minutes"], told["ratio"]) == (180, 180, 1.0)
