"""Fixtures that the tests of every app use: API clients that act as a person, and the outbox worked off in-process."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from celery import current_app
from django.db import connection
from rest_framework.test import APIClient

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import OutboxMessage
from users.models import User
from users.tokens import issue_access_token


class ApiClient(APIClient):
    """DRF's client; gives the test its own database role back after each request.

    In a test the request is a savepoint, so the role that it takes on would outlive it.
    """

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")
        return response


@pytest.fixture
def api() -> ApiClient:
    """A client that nobody is logged in with. A fault of the server is a 500 response, as for a real client."""
    return ApiClient(raise_request_exception=False)


@pytest.fixture
def api_as() -> Callable[[User], ApiClient]:
    """`api_as(user)`: a client with this person's access token."""

    def build(user: User) -> ApiClient:
        client = ApiClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(user, family_id=new_id())}")
        return client

    return build


@pytest.fixture
def drain_outbox() -> Callable[[], list[str]]:
    """`drain_outbox()`: run the real task of every waiting message and of those they cause; returns their topics."""

    # As a worker does at its start.
    current_app.loader.import_default_modules()

    def drain() -> list[str]:
        done: list[str] = []
        seen: set[UUID] = set()
        while message := (
            OutboxMessage.objects.filter(done_at=None, dead_at=None).exclude(pk__in=seen).order_by("id").first()
        ):
            seen.add(message.pk)
            current_app.tasks[message.topic](
                str(message.pk),
                message.payload,
                message.attempts,
                message.request_id,
                str(message.actor_id) if message.actor_id else None,
            )
            done.append(message.topic)
        return done

    return drain
