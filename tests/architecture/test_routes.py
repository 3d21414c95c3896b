"""Every route says who may call it, and the document says what every route does."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from notifications.views import UnsubscribeView
from skillbridge_backend.core.permissions import Undeclared
from skillbridge_backend.core.viewsets import ActionViewSet
from users.limits import AccountLimits, GeneralLimits
from users.views.accounts import AccountView


def api_routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
            yield route, pattern.callback


def view_of(callback: Any) -> Any:
    """The class behind a route's function: DRF says `cls`, Django `view_class`."""
    return getattr(callback, "cls", None) or callback.view_class


ROUTES = list(api_routes(get_resolver("skillbridge_backend.urls").url_patterns))


def test_there_are_routes_of_every_app() -> None:
    modules = {view_of(callback).__module__.split(".")[0] for _, callback in ROUTES}
    assert modules >= {"users", "roadmaps", "progress", "badges", "matches", "notifications", "forum"}


@pytest.mark.parametrize(("route", "callback"), ROUTES, ids=[route for route, _ in ROUTES])
def test_every_action_of_every_route_declares_its_permission(route: str, callback: Any) -> None:
    view = view_of(callback)
    if issubclass(view, ActionViewSet):
        undeclared = set(callback.actions.values()) - set(view.permissions)
        assert not undeclared, f"{view.__name__} does not say who may: {sorted(undeclared)}"
        assert all(view.permissions[action] for action in callback.actions.values()), "an empty tuple allows everybody"
    elif view is not UnsubscribeView:  # a page for people, open by the signed token in its link
        assert issubclass(view, APIView)
        assert view.permission_classes, "no permission class means that everybody may"
        assert Undeclared not in view.permission_classes


def test_only_known_routes_are_open_to_everybody() -> None:
    """What nobody has to log in for. A new entry is a decision: add it here when it is meant."""
    open_routes = set()
    for route, callback in ROUTES:
        view = view_of(callback)
        if issubclass(view, ActionViewSet):
            open_routes |= {
                f"{verb.upper()} {route}"
                for verb, action in callback.actions.items()
                # DRF adds HEAD to the same table, at a route's first request.
                if verb != "head" and AllowAny in view.permissions[action]
            }
        elif view is UnsubscribeView or AllowAny in view.permission_classes:
            open_routes.add(f"ANY {route}")
    assert sorted(open_routes) == EXPECTED_OPEN_ROUTES


EXPECTED_OPEN_ROUTES = [
    "ANY api/v1/",
    "ANY api/v1/auth/confirm-email/",
    "ANY api/v1/auth/csrf/",
    "ANY api/v1/auth/email/confirm/",
    "ANY api/v1/auth/email/stop/",
    "ANY api/v1/auth/factors/disown/",
    "ANY api/v1/auth/keep-account/",
    "ANY api/v1/auth/login/",
    "ANY api/v1/auth/login/code/",
    "ANY api/v1/auth/login/code/confirm/",
    "ANY api/v1/auth/login/passkey/",
    "ANY api/v1/auth/login/passkey/confirm/",
    "ANY api/v1/auth/login/second-factor/",
    "ANY api/v1/auth/logout/",
    "ANY api/v1/auth/password/reset/",
    "ANY api/v1/auth/password/reset/confirm/",
    "ANY api/v1/auth/providers/",
    "ANY api/v1/auth/providers/<slug:provider>/callback/",
    "ANY api/v1/auth/providers/<slug:provider>/code/",
    "ANY api/v1/auth/providers/<slug:provider>/start/",
    "ANY api/v1/auth/providers/finish/",
    "ANY api/v1/auth/refresh/",
    "ANY api/v1/auth/resend-confirmation/",
    "ANY api/v1/auth/signup/",
    "ANY api/v1/docs/",
    "ANY api/v1/notification-preferences/unsubscribe/",
    "ANY api/v1/problems/",
    "ANY api/v1/schema/",
    "ANY api/v1/webhooks/github/<uuid:repository_id>/",
    "GET api/v1/^pictures/(?P<name>[A-Za-z0-9_-]{43})/(?P<which>large|small)/$",
    "GET api/v1/^skills/$",
    "GET api/v1/^skills/(?P<slug>[a-z0-9-]+)/$",
    "GET api/v1/^tracks/$",
    "GET api/v1/^tracks/(?P<slug>[a-z0-9-]+)/$",
    "GET api/v1/forum/categories/",
    "GET api/v1/forum/posts/<uuid:pk>/",
    "GET api/v1/forum/threads/",
    "GET api/v1/forum/threads/<uuid:pk>/",
    "GET api/v1/forum/threads/<uuid:pk>/replies/",
    "GET api/v1/roadmaps/gallery/",
    "GET api/v1/roadmaps/gallery/<slug:slug>/",
    "GET api/v1/users/<slug:handle>/",
]


def test_only_known_routes_have_no_limit() -> None:
    """The account endpoints declare their own; everything else has the general ones unless it is named here."""
    unlimited = {route for route, callback in ROUTES if not is_limited(view_of(callback), callback)}
    assert unlimited == {
        "api/v1/docs/",
        "api/v1/schema/",
        "api/v1/notification-preferences/unsubscribe/",  # mailbox providers post for many, from few addresses
        "api/v1/webhooks/github/<uuid:repository_id>/",  # as GitHub does
    }
    for view in subclasses(AccountView):
        if hasattr(view, "post"):
            assert isinstance(view.limits, AccountLimits)


def is_limited(view: Any, callback: Any) -> bool:
    throttles = getattr(callback, "initkwargs", {}).get("throttle_classes", getattr(view, "throttle_classes", ()))
    return GeneralLimits in throttles


def subclasses(view: type) -> Iterator[Any]:
    for each in view.__subclasses__():
        yield from (each, *subclasses(each))


def test_the_openapi_document_is_valid_and_complete() -> None:
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        schema = SchemaGenerator().get_schema(request=None, public=True)
        warnings = dict(GENERATOR_STATS._warn_cache) | dict(GENERATOR_STATS._error_cache)
    assert not warnings, "\n".join(warnings)
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)
    operations = [
        operation for path in schema["paths"].values() for verb, operation in path.items() if verb != "parameters"
    ]
    assert all("default" in operation["responses"] for operation in operations)
    untold = {
        path
        for path, item in schema["paths"].items()
        for verb, operation in item.items()
        if verb != "parameters"
        and not all("RateLimit" in body.get("headers", {}) for body in operation["responses"].values())
    }
    assert untold == {"/api/v1/webhooks/github/{repository_id}/"}
