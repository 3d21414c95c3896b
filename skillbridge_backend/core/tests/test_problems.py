"""Every error is a problem document with its stable code, whoever raised it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from skillbridge_backend.core import errors
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import Track, User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("skillbridge_backend.core.tests.urls")]


@pytest.fixture
def user() -> User:
    return User.objects.create_user(email="a@example.org", password=None, handle="a", display_name="A")


def test_domain_error_becomes_its_problem(api: ApiClient) -> None:
    response = api.get("/test/failing/?with=domain", HTTP_X_REQUEST_ID="request-0001")

    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    assert (response["X-Hint"], response["X-Request-ID"]) == ("1", "request-0001")
    assert response.json() == {
        "type": "/api/v1/problems/#conflict",
        "title": "The current state does not allow this",
        "status": 409,
        "detail": "No.",
        "code": "conflict",
        "request_id": "request-0001",
        "errors": [{"field": "a", "code": "b", "message": "c"}],
        "extra": 5,
    }


@pytest.mark.parametrize(
    ("query", "status", "code", "headers"),
    [
        ("", 429, "rate_limited", {"Retry-After": "7"}),
        ("?with=database", 503, "service_unavailable", {"Retry-After": "5"}),
        ("?with=bug", 500, "internal_error", {}),
    ],
)
def test_other_errors_have_their_status(
    api: ApiClient, query: str, status: int, code: str, headers: dict[str, str]
) -> None:
    response = api.get(f"/test/failing/{query}")

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert {name: response[name] for name in headers} == headers
    assert "ZeroDivisionError" not in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_before_the_view_is_503() -> None:
    """The request's transaction cannot begin, so DRF never sees the request."""
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"  # nobody listens there
    try:
        response = Client(raise_request_exception=False).get("/test/tracks/")
    finally:
        connection.settings_dict["PORT"] = port

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["code"] == "service_unavailable"


def test_nested_validation_errors_name_field_and_element(api_as: Callable[[User], ApiClient], user: User) -> None:
    response = api_as(user).post(
        "/test/tracks/",
        {"slug": "a b", "levels": [{"skill": "x", "level": 1}, {"skill": "", "level": 9}]},
    )

    assert response.status_code == 400
    assert {(e["field"], e["code"]) for e in response.json()["errors"]} == {
        ("slug", "invalid"),
        ("name", "required"),
        ("levels[1].skill", "blank"),
        ("levels[1].level", "max_value"),
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nowhere/", 404, "not_found"),
        ("get", "/test/tracks/none/", 404, "not_found"),
        ("post", "/test/tracks/", 401, "not_authenticated"),
        ("delete", "/test/tracks/x/", 401, "not_authenticated"),
        ("put", "/test/tracks/x/", 405, "method_not_allowed"),
        ("get", "/test/tracks/?limit=0", 400, "validation_failed"),
        ("get", "/test/tracks/?limit=101", 400, "validation_failed"),
        ("get", "/test/tracks/?limit=%C2%B2", 400, "validation_failed"),
        ("get", "/test/tracks/?cursor=abc", 400, "validation_failed"),
        ("get", "/test/tracks/?q=%00", 400, "malformed_request"),
    ],
)
def test_what_does_not_exist_or_is_not_allowed(api: ApiClient, method: str, path: str, status: int, code: str) -> None:
    response = getattr(api, method)(path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    if status == 401:
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_action_without_a_declared_permission_is_open_to_nobody(
    api_as: Callable[[User], ApiClient], user: User
) -> None:
    response = api_as(user).delete("/test/tracks/x/")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"[" * 100_000, "application/json", 400, "malformed_request"),
        (b'{"slug": "\xff"}', "application/json", 400, "malformed_request"),
        (b'{"slug": "\\ud800"}', "application/json", 400, "malformed_request"),
        (b'{"slug": NaN}', "application/json", 400, "malformed_request"),
        (b"[]", "application/json", 400, "validation_failed"),
        (b'{"slug": "a\\u0000", "name": "x"}', "application/json", 400, "validation_failed"),
        (b'{"slug": ' + b"9" * 5000 + b', "name": "x"}', "application/json", 400, "malformed_request"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b" " * (256 * 1024 + 1), "application/json", 413, "body_too_large"),
    ],
)
def test_bodies_that_cannot_be_read_are_never_a_fault_of_ours(
    api_as: Callable[[User], ApiClient], user: User, body: bytes, content_type: str, status: int, code: str
) -> None:
    response = api_as(user).generic("POST", "/test/tracks/", body, content_type=content_type)  # type: ignore[arg-type]  # raw bytes are the point
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("header", ["Bearer x", "Bearer", "Bearer a b", "bearer eyJhbGciOiJub25lIn0.e30."])
def test_bad_access_tokens_are_refused_alike(api: ApiClient, header: str) -> None:
    response = api.get("/test/tracks/", HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_if_match_with_another_version_gets_the_current_tag(api_as: Callable[[User], ApiClient], user: User) -> None:
    Track.objects.create(slug="go", name="Go")
    client = api_as(user)
    tag = client.get("/test/tracks/go/")["ETag"]

    stale = client.patch("/test/tracks/go/", {}, HTTP_IF_MATCH='W/"1"')
    assert (stale.status_code, stale["ETag"], stale.json()["current_etag"]) == (412, tag, tag)
    for header in (tag, "*", f'W/"1", {tag}'):
        assert client.patch("/test/tracks/go/", {}, HTTP_IF_MATCH=header).status_code == 200


def test_pages_follow_each_other_without_gaps(api: ApiClient) -> None:
    for number in range(7):
        Track.objects.create(slug=f"t{number}", name=f"T{number}")
    seen: list[str] = []
    url: str | None = "/test/tracks/?limit=3"
    while url:
        page: dict[str, Any] = api.get(url).json()
        seen += [row["slug"] for row in page["results"]]
        url = page["next"]
    assert seen == [f"t{number}" for number in reversed(range(7))]


def test_problem_codes_are_listed(api: ApiClient) -> None:
    rows = api.get("/api/v1/problems/").json()
    assert {"code": "not_found", "status": 404, "title": "There is nothing here"} in rows
    assert [row["code"] for row in rows] == sorted(errors.ERROR_TABLE)


def test_two_errors_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match="is taken"):
        type("Other", (errors.DomainError,), {"code": "conflict", "status": 400, "title": "Other"})
    with pytest.raises(TypeError, match="needs a code"):
        type("Nameless", (errors.DomainError,), {})


@override_settings(ALLOWED_HOSTS=["api.example.org"])
def test_foreign_host_is_a_problem_too(api: ApiClient) -> None:
    response = api.get("/api/v1/", HTTP_HOST="evil.example.org")
    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
