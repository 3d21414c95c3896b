"""The servers of the tests themselves: kept apart by slots, the template made once, given servers taken as they are."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from skillbridge_backend.embedded import postgres
from skillbridge_backend.embedded.failure import StartError
from skillbridge_backend.embedded.for_tests import TestServers, copy_template, database_url, ensure_template, redis_url
from skillbridge_backend.embedded.installation import PROJECT_DIR

MAINTENANCE_URL = os.environ["SKILLBRIDGE_TESTS_MAINTENANCE_URL"]


def query(url: str, statement: str) -> "list[tuple[object, ...]]":
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project whose `manage.py` makes one table, or fails when it is told to."""
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    (tmp_path / "app" / "migrations" / "0001_initial.py").write_text("# one table")
    (tmp_path / "manage.py").write_text(
        "import os, sys, psycopg2\n"
        "if os.environ.get('FAIL'): sys.exit('broken on purpose')\n"
        "connection = psycopg2.connect(os.environ['DATABASE_URL'])\n"
        "if sys.argv[1] == 'migrate': connection.cursor().execute('CREATE TABLE made AS SELECT 42 AS answer')\n"
        "connection.commit()\n"
    )
    yield tmp_path
    for slot in (tmp_path / ".local" / "test").glob("slot-*"):
        postgres.remove(slot / "postgres")


def test_servers_start_apart_from_another_run_and_stop(project: Path) -> None:
    first, second = TestServers(project), TestServers(project)
    lines: list[str] = []
    try:
        first.plan({})
        second.plan({})
        addresses = [servers.environment["DATABASE_URL"] for servers in (first, second)]
        assert addresses[0] != addresses[1]
        first.start(lines.append)
        copy_template(project, addresses[0], "test_copy")
        assert query(database_url(addresses[0], "test_copy"), "SELECT answer FROM made") == [(42,)]
        assert "migrating the template database …" in lines
        first.stop()
        with pytest.raises(psycopg2.OperationalError):
            query(addresses[0], "SELECT 1")
        lines.clear()
        again = TestServers(project)
        again.plan({})
        again.start(lines.append)
        assert "migrating the template database …" not in lines  # nothing has changed
        again.stop()
    finally:
        first.stop()
        second.stop()


def test_given_servers_are_taken_as_they_are(project: Path) -> None:
    servers = TestServers(project)
    servers.plan(
        {
            "TEST_DATABASE_URL": "postgresql://a@db/x",
            "TEST_REDIS_URL": "redis://cache/0",
            "TEST_MATCHER_URL": "http://matcher:8090",
            "TEST_MATCHER_TOKEN": "theirs",
        }
    )
    servers.stop()
    assert servers.environment["DATABASE_URL"] == "postgresql://a@db/x"
    assert servers.environment["REDIS_URL"] == "redis://cache/0"
    assert servers.environment["MATCHER_URL"] == "http://matcher:8090"
    assert servers.environment["MATCHER_TOKEN"] == "theirs"
    assert redis_url("redis://cache/0", 7) == "redis://cache/7"


def test_migration_that_fails_leaves_no_template(project: Path) -> None:
    """On a server of its own: the template of the run that tests this one must stay."""
    servers = TestServers(project)
    servers.plan({})
    try:
        servers.start(lambda line: None)
        (project / "app" / "migrations" / "0002_more.py").write_text("# fails")
        with pytest.raises(StartError, match=r"`manage\.py ensure_roles` failed on the template database"):
            ensure_template(project, {**servers.environment, "FAIL": "1"}, lambda line: None)
        left = query(servers.environment["DATABASE_URL"], "SELECT datname FROM pg_database")
        assert not [name for (name,) in left if str(name).startswith("skillbridge_template_")]
    finally:
        servers.stop()


def test_this_run_uses_a_copy_of_the_template() -> None:
    names = {str(name) for (name,) in query(MAINTENANCE_URL, "SELECT datname FROM pg_database")}
    assert [name for name in names if name.startswith("skillbridge_template_")]
    assert PROJECT_DIR.joinpath("manage.py").exists()
