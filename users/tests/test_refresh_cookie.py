"""Browsers: the refresh token in a cookie, taken only from our own pages."""

from http.cookies import Morsel
from typing import Any

import pytest
from rest_framework.test import APIClient

from users.models import RefreshTokenFamily, User
from users.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN, REFRESH, LOGOUT, CSRF = (f"/api/v1/auth/{name}/" for name in ("login", "refresh", "logout", "csrf"))
APP = "https://app.example.org"


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def browser(person: User) -> APIClient:
    """A browser that keeps cookies, with a session of this person; Django's CSRF check is on."""
    client = APIClient(enforce_csrf_checks=True)
    response = client.post(LOGIN, {"email": person.email, "password": PASSWORD, "refresh_in": "cookie"}, format="json")
    assert response.status_code == 200, response.content
    assert response.json()["refresh"] is None
    return client


def cookie(client: APIClient) -> "Morsel[str]":
    return client.cookies["refresh"]


def proof(client: APIClient) -> dict[str, Any]:
    """The header that a page of ours can send."""
    response = client.get(CSRF)
    assert response.headers["Cache-Control"] == "no-store"
    return {"HTTP_X_CSRFTOKEN": response.json()["csrf_token"]}


def test_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: APIClient) -> None:
    kept = cookie(browser)

    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Strict", "/api/v1/auth/")
    assert kept["max-age"] == 7 * 24 * 3600


def test_cookie_goes_over_tls_alone_in_production(settings: Any, person: User) -> None:
    settings.CSRF_COOKIE_SECURE = True  # as settings/production.py has it
    client = APIClient()

    client.post(LOGIN, {"email": person.email, "password": PASSWORD, "refresh_in": "cookie"}, format="json")

    assert client.cookies["__Secure-refresh"]["secure"] is True


def test_cookie_is_rotated_like_any_refresh_token(browser: APIClient) -> None:
    before = cookie(browser).value

    response = browser.post(REFRESH, **proof(browser))

    assert response.status_code == 200, response.content
    assert response.json()["refresh"] is None
    assert cookie(browser).value != before
    assert browser.post(REFRESH, **proof(browser)).status_code == 200


@pytest.mark.parametrize("path", [REFRESH, LOGOUT])
def test_request_without_proof_is_refused_and_changes_nothing(browser: APIClient, path: str) -> None:
    family = RefreshTokenFamily.objects.get()
    browser.get(CSRF)

    for header in ({}, {"HTTP_X_CSRFTOKEN": "x" * 64}, proof(browser) | {"HTTP_ORIGIN": "https://evil.test"}):
        response = browser.post(path, **header)
        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")

    family.refresh_from_db()
    assert (family.rotations, family.revoked_at) == (0, None)


def test_page_of_an_allowed_origin_may(browser: APIClient, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [APP]

    response = browser.post(REFRESH, **proof(browser), HTTP_ORIGIN=APP)

    assert response.status_code == 200, response.content
    assert response.headers["Access-Control-Allow-Origin"] == APP
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize("header", ["authorization", "idempotency-key", "if-match", "x-csrftoken", "x-request-id"])
def test_page_of_an_allowed_origin_may_send_what_the_api_reads(settings: Any, header: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    asked: Any = {"HTTP_ORIGIN": APP, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PATCH"}

    response = APIClient().options("/api/v1/users/me/", **asked, HTTP_ACCESS_CONTROL_REQUEST_HEADERS=header)

    assert header in response.headers["Access-Control-Allow-Headers"].split(", ")
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]


def test_logout_forgets_the_cookie(browser: APIClient) -> None:
    assert browser.post(LOGOUT, **proof(browser)).status_code == 204

    assert cookie(browser).value == ""
    assert RefreshTokenFamily.objects.get().revoked_at is not None


def test_token_in_the_body_needs_no_proof_and_sets_no_cookie(person: User) -> None:
    app = APIClient(enforce_csrf_checks=True)

    tokens = app.post(LOGIN, {"email": person.email, "password": PASSWORD}, format="json").json()
    again = app.post(REFRESH, {"refresh": tokens["refresh"]}, format="json")

    assert again.status_code == 200
    assert again.json()["refresh"]
    assert not app.cookies


def test_neither_body_nor_cookie_is_told(api: Any) -> None:
    response = api.post(REFRESH, {})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "refresh")
