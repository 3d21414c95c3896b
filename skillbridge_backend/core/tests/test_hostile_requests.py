"""Requests that no honest client sends, and answers that no cache may keep."""

import base64
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from prometheus_client import REGISTRY

from skillbridge_backend.core.metrics import observe_request
from skillbridge_backend.core.middleware import RequestGuardMiddleware
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User

SKILLS, LOGIN = "/api/v1/skills/", "/api/v1/auth/login/"


@pytest.fixture
def own(api_as: Callable[[User], ApiClient]) -> ApiClient:
    """A client that somebody is logged in with."""
    return api_as(User.objects.create_user(email="a@example.org", password=None, handle="a", display_name="A"))


def cursor(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", [SKILLS, "/api/v1/forum/threads/", "/api/v1/matches/", "/api/v1/notifications/"])
@pytest.mark.parametrize(
    "written",
    ["abc", cursor("o=-1"), cursor("p=%00"), cursor("p=a%00"), *map(cursor, ("o=x", "o=" + "9" * 5000))],
)
def test_cursor_that_is_none_of_ours_names_the_parameter(own: ApiClient, path: str, written: str) -> None:
    answer = own.get(path, {"cursor": written})
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.django_db
@pytest.mark.parametrize("position", ["xyz", "2026", "'", "2026-13-45T00:00:00Z", "9" * 400])
@pytest.mark.parametrize("path", ["/api/v1/forum/threads/", "/api/v1/matches/"])
def test_cursor_of_another_list_names_the_parameter(own: ApiClient, path: str, position: str) -> None:
    answer = own.get(path, {"cursor": cursor(f"p={position}")})
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("factory", [RequestFactory(), AsyncRequestFactory()])
def test_body_without_a_length_is_refused(factory: RequestFactory | AsyncRequestFactory) -> None:
    reached = RequestGuardMiddleware(lambda _: HttpResponse("reached"))
    answer = reached(factory.post(LOGIN, headers={"Transfer-Encoding": "chunked"}))
    assert answer.status_code == 411
    assert b"length_required" in answer.content


@pytest.mark.parametrize("length", ["x", "-1", "\u00b2", "1e3"])
def test_content_length_that_is_no_number_is_refused(length: str) -> None:
    reached = RequestGuardMiddleware(lambda _: HttpResponse("reached"))
    assert reached(RequestFactory().post(LOGIN, CONTENT_LENGTH=length)).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_answers_with_tokens_or_for_one_person_are_not_cached(api: ApiClient, own: ApiClient) -> None:
    read = own.get("/api/v1/users/me/")
    refused = api.post(LOGIN, {"email": "x"})
    assert refused["Cache-Control"] == read["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_public_answers_are_kept_apart_from_those_to_a_token(api: ApiClient) -> None:
    answer = api.get(SKILLS)
    assert "Cache-Control" not in answer
    assert "Authorization" in answer["Vary"]


def test_methods_that_a_client_makes_up_are_one_series() -> None:
    for made_up in ("BREW", "BREW2"):
        observe_request(method=made_up, route="test/", status=405, seconds=0)
    name = "skillbridge_http_requests_total"
    assert REGISTRY.get_sample_value(name, {"method": "other", "route": "test/", "status": "405"}) == 2
    assert REGISTRY.get_sample_value(name, {"method": "BREW", "route": "test/", "status": "405"}) is None
