"""Each test of this app begins with nothing counted: all of their clients have one address."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.db import connection

from skillbridge_backend.core.rate_limits import redis_at
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.login_providers import openid
from users.tests.provider_server import ProviderServer, provider_server
from users.tests.visits import APP


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    redis_at(project_settings.REDIS_URL, 1.0).flushdb()


@pytest.fixture
def server(settings: Any) -> Iterator[ProviderServer]:
    """Every kind of provider, known under the names `github`, `corp`, `apple`, `microsoft` and `plain`."""
    with provider_server() as running:
        settings.LOGIN_PROVIDERS = {
            "github": running.github,
            "corp": running.openid | {"label": "Corp"},
            "apple": running.apple,
            "microsoft": running.microsoft,
            "plain": running.plain,
        }
        settings.LOGIN_APP_REDIRECTS = [APP]
        settings.WEB_APP_URL = "https://app.skillbridge.test"
        settings.LOGIN_RETURN_ORIGINS = ["https://app.skillbridge.test", "https://other.skillbridge.test:8443"]
        openid._kept.clear()
        yield running


@pytest.fixture
def browser() -> ApiClient:
    return ApiClient(raise_request_exception=False)


@pytest.fixture
def as_admin_process() -> Iterator[None]:
    """The test connects as the admin and its shell do, who cannot take on what the web's login can."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION AUTHORIZATION sb_admin")
        yield
        cursor.execute("RESET SESSION AUTHORIZATION")
