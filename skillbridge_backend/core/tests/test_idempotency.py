"""One key, one effect, one answer: for its owner, for a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from skillbridge_backend.core.idempotency import KEPT_FOR
from skillbridge_backend.core.models import IdempotencyRecord
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("skillbridge_backend.core.tests.urls")]
BODY = {"slug": "go", "name": "Go"}


@pytest.fixture
def client(api_as: Callable[[User], ApiClient]) -> ApiClient:
    return api_as(person("a"))


def person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@example.org", password=None, handle=name, display_name=name)


def test_repeat_gets_the_first_answer(client: ApiClient) -> None:
    first = client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    second = client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.json(), first["Location"]) == (second.json(), second["Location"])
    assert "Idempotency-Replay" not in first
    assert second["Idempotency-Replay"] == "true"
    assert IdempotencyRecord.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(client: ApiClient) -> None:
    client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    response = client.post("/test/tracks/", BODY | {"name": "Other"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


def test_key_belongs_to_a_person(client: ApiClient, api_as: Callable[[User], ApiClient]) -> None:
    client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    response = api_as(person("b")).post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    assert response.status_code == 201
    assert "Idempotency-Replay" not in response


def test_error_is_not_kept(client: ApiClient) -> None:
    assert client.post("/test/tracks/", {}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 400
    assert client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201


def test_key_is_free_again_after_a_day(client: ApiClient) -> None:
    client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    IdempotencyRecord.objects.update(created_at=timezone.now() - KEPT_FOR - timedelta(seconds=1))
    response = client.post("/test/tracks/", BODY | {"name": "Other"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert response.status_code == 201
    assert IdempotencyRecord.objects.get().body == BODY | {"name": "Other"}


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_key_of_a_wrong_length_is_refused(client: ApiClient, key: str) -> None:
    response = client.post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY=key)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


@pytest.mark.django_db(transaction=True)
def test_same_key_in_flight_is_refused_at_once(api_as: Callable[[User], ApiClient]) -> None:
    user = person("a")
    other = connections.create_connection("default")
    with transaction.atomic(), connection.cursor() as cursor:
        import hashlib

        number = int.from_bytes(hashlib.sha256(f"{user.pk}:k1".encode()).digest()[:8], signed=True)
        with other.cursor() as theirs:
            theirs.execute("SELECT pg_advisory_lock(%s)", [number])
        cursor.execute("SELECT 1")
        response = api_as(user).post("/test/tracks/", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    other.close()
    assert (response.status_code, response.json()["code"]) == (409, "request_in_flight")
    assert response["Retry-After"] == "1"
