"""Health says what is away and whether requests fail for it; metrics are for whoever holds the token."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from skillbridge_backend.core import outbox
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient

pytestmark = pytest.mark.django_db
NOWHERE = "127.0.0.1:9"


def test_live_asks_nothing(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_names_every_check(api: ApiClient) -> None:
    response = api.get("/health/ready")
    assert response.status_code == 200
    assert set(response.json()["checks"]) == {"database", "migrations", "redis", "outbox", "matcher"}
    assert response.json()["checks"]["database"]["status"] == "ok"
    assert response.json()["checks"]["migrations"]["status"] == "ok"


@override_settings(MATCHER_URL=f"http://{NOWHERE}", REDIS_URL=f"redis://{NOWHERE}/0")
def test_ready_is_degraded_without_what_requests_can_do_without(api: ApiClient) -> None:
    response = api.get("/health/ready")
    body = response.json()
    assert (response.status_code, body["status"]) == (200, "degraded")
    assert body["checks"]["matcher"]["problem"] == "ConnectError"
    assert body["checks"]["redis"]["problem"] == "ConnectionError"


@override_settings(WEB_READINESS_OUTBOX_SECONDS=60)
def test_ready_is_degraded_when_the_outbox_stands_still(api: ApiClient) -> None:
    message_id = outbox.publish("core.prune", payload={})
    OutboxMessage.objects.filter(pk=message_id).update(created_at="2026-01-01T00:00:00Z")
    assert "oldest message waits" in api.get("/health/ready").json()["checks"]["outbox"]["problem"]


@pytest.mark.django_db(transaction=True)
def test_ready_is_503_while_migrations_wait(api: ApiClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions' RETURNING app, name, applied")
        rows = cursor.fetchall()
    response = api.get("/health/ready")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", rows)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["checks"]["migrations"]["problem"] == "1 not applied"


@pytest.mark.parametrize("header", ["", "Bearer wrong", "development"])
def test_metrics_without_the_token_are_refused(api: ApiClient, header: str) -> None:
    assert api.get("/metrics", HTTP_AUTHORIZATION=header).status_code == 403


@override_settings(METRICS_TOKEN="")
def test_metrics_without_a_configured_token_are_closed(api: ApiClient) -> None:
    assert api.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 403


def test_metrics_show_requests_and_the_outbox(api: ApiClient) -> None:
    outbox.publish("core.prune", payload={})
    api.get("/api/v1/problems/")
    text = api.get("/metrics", HTTP_AUTHORIZATION="Bearer development").content.decode()
    assert 'skillbridge_http_requests_total{method="GET",route="api/v1/problems/",status="200"}' in text
    assert 'skillbridge_outbox_waiting{queue="default",topic="core.prune"} 1.0' in text
    assert 'skillbridge_outbox_dead{queue="default",topic="core.prune"} 0.0' in text
    assert 'skillbridge_outbox_waiting{queue="notify",topic="notifications.deliver"} 0.0' in text


def figures(api: ApiClient, prefix: str) -> dict[str, float]:
    """What /metrics says in lines that begin like this."""
    text = api.get("/metrics", HTTP_AUTHORIZATION="Bearer development").content.decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith(prefix)]
    return {name: float(value) for name, _, value in lines}


def test_metrics_tell_messages_by_their_state(api: ApiClient) -> None:
    waiting, failed, dead, done, stuck = (outbox.publish("core.prune", payload={}) for _ in range(5))
    for message in (failed, dead):
        outbox.begin_attempt(message, attempts_before=0, lease=timedelta(minutes=1))
    outbox.record_failure(failed, attempts=1, error="no")
    outbox.record_failure(dead, attempts=outbox.MOST_ATTEMPTS, error="no")
    outbox.begin_attempt(stuck, attempts_before=0, lease=timedelta(minutes=1))
    outbox.take_receipt(done)
    OutboxMessage.objects.filter(pk=waiting).update(created_at=timezone.now() - timedelta(seconds=90))

    of_topic = {
        name.partition("{")[0].removeprefix("skillbridge_outbox_"): value
        for name, value in figures(api, "skillbridge_outbox_").items()
        if 'topic="core.prune"' in name
    }
    assert 89 <= of_topic.pop("oldest_seconds") < 120
    assert of_topic == {"waiting": 3, "running": 1, "failing": 1, "attempts": 2, "dead": 1, "done_recently": 1}


def test_metrics_show_what_waits_in_the_broker(api: ApiClient) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("webhooks")
        client.rpush("webhooks", "{}", "{}")
        shown = figures(api, "skillbridge_broker_")
        client.delete("webhooks")
    assert shown["skillbridge_broker_up"] == 1
    assert shown['skillbridge_broker_waiting{queue="webhooks"}'] == 2


def test_metrics_without_a_broker_say_so_and_show_the_rest(api: ApiClient) -> None:
    with override_settings(CELERY_BROKER_URL=f"redis://{NOWHERE}/0"):
        assert figures(api, "skillbridge_broker_") == {"skillbridge_broker_up": 0}
        assert figures(api, "skillbridge_outbox_dead")


@pytest.mark.django_db(transaction=True)
def test_the_web_login_reads_figures_and_no_rows() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE sb_web")
        cursor.execute("SELECT count(*) FROM private.outbox_status()")
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("SELECT topic FROM core_outbox")


def test_ensure_roles_is_harmless_to_repeat(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ensure_roles")
    assert "10 roles are in place" in capsys.readouterr().out
