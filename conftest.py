"""Lets every test run on the real PostgreSQL, Redis and matcher.

The process that pytest starts in (xdist's controller) starts the servers and migrates a template database; each worker
gets its own copy of the database and its own Redis database number. The addresses are environment variables, set while
this file is imported, and settings are loaded after that: so `DJANGO_SETTINGS_MODULE` is named here and in no ini file.

Belongs here: only that. Fixtures of an app live in the app; the servers are in `embedded/for_tests.py`.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker

from skillbridge_backend.embedded.failure import StartError
from skillbridge_backend.embedded.for_tests import TestServers, copy_template, database_url, redis_url
from tests.security_page import MARKS, marks_of

pytest_plugins = ["skillbridge_backend.core.tests.fixtures"]

PROJECT_DIR = Path(__file__).resolve().parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# Where a worker of this run connects to make its database; the controller writes it and the workers inherit it.
MAINTENANCE_URL = "SKILLBRIDGE_TESTS_MAINTENANCE_URL"

_servers = TestServers(PROJECT_DIR)


def _point_settings_at_servers() -> None:
    if not WORKER:
        try:
            _servers.plan(os.environ)
        except StartError as failure:
            pytest.exit(str(failure), returncode=3)
        os.environ.update(_servers.environment)
        os.environ[MAINTENANCE_URL] = _servers.environment["DATABASE_URL"]
    number = int(WORKER.removeprefix("gw") or 0)
    run = _run_suffix()
    os.environ["DATABASE_URL"] = database_url(os.environ[MAINTENANCE_URL], f"test_{run}{WORKER or 'main'}")
    os.environ["REDIS_URL"] = redis_url(os.environ["REDIS_URL"], number)
    os.environ["DJANGO_SETTINGS_MODULE"] = "skillbridge_backend.settings.test"
    os.environ.setdefault("PROCESS_NAME", "tests")


def _run_suffix() -> str:
    """Keeps two runs apart that share a PostgreSQL somebody else started."""
    return f"{os.environ['TEST_DATABASE_NAME']}_" if os.environ.get("TEST_DATABASE_NAME") else ""


if "django.conf" in sys.modules and sys.modules["django.conf"].settings.configured:
    raise pytest.UsageError(
        "settings were loaded before conftest.py: take DJANGO_SETTINGS_MODULE out of the environment"
    )
_point_settings_at_servers()

import django  # noqa: E402 - the lines above decide what it connects to

django.setup()


def pytest_configure(config: pytest.Config) -> None:
    """`-m authz` and the other marks are the sections of docs/security.md."""
    for mark, what in MARKS.items():
        config.addinivalue_line("markers", f"{mark}: {what}")
    # How long a busy machine takes to think of an example says nothing about the code.
    hypothesis.settings.register_profile(
        "skillbridge", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("skillbridge")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that docs/security.md names."""
    for item in items:
        for mark in marks_of(item.nodeid):
            item.add_marker(mark)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the servers, in the controller only and before it starts workers."""
    if WORKER or session.config.option.collectonly:
        return
    if session.config.getoption("numprocesses", None):
        # Workers inherit the environment, and pytest-django would load settings before they import this file.
        del os.environ["DJANGO_SETTINGS_MODULE"]
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    log = reporter.write_line if reporter else print
    try:
        # The workers' own database is not there yet, and the maintenance database always is.
        _servers.environment["DATABASE_URL"] = os.environ[MAINTENANCE_URL]
        _servers.start(log)
    except StartError as failure:
        _servers.stop()
        pytest.exit(str(failure), returncode=3)


def pytest_unconfigure() -> None:
    """Stops the servers, after the last worker has ended."""
    _servers.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In the place of pytest-django's: the worker's database is a copy of the migrated template."""
    from django.db import connection, connections

    name = connections["default"].settings_dict["NAME"]
    copy_template(PROJECT_DIR, os.environ[MAINTENANCE_URL], name)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # Tests with transactions of their own are cleaned up after with TRUNCATE, which the trail refuses.
        for table in ("users_auditentry", "users_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse_truncate")
    yield
    with django_db_blocker.unblock():
        connections.close_all()
