"""Other servers than the project's own, for this folder only: `make servers`, or `pytest tests/servers`."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from skillbridge_backend.core.schema_pages.pages import all_pages
from tests.migrating.databases import connected_to, migrated_database
from tests.servers import clusters

VERSIONS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def packages() -> Iterator[Path]:
    """The folder with the servers' programs and data; whoever runs PostgreSQL may enter it."""
    folder = Path(tempfile.mkdtemp(prefix="skillbridge-servers-"))
    folder.chmod(0o755)
    try:
        clusters.install(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=[15, 16, 17], ids=lambda major: f"postgresql-{major}")
def server(request: pytest.FixtureRequest, packages: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The superuser's URL of a fresh cluster of each version that is not the embedded one."""
    with clusters.running_postgres(packages, request.param) as url, django_db_blocker.unblock():
        ran = request.config.stash.setdefault(VERSIONS, [])
        ran.append(clusters.version(url))
        yield url


@pytest.fixture(scope="session")
def embedded_pages(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, str]:
    """What the migrations make on the embedded PostgreSQL."""
    with django_db_blocker.unblock(), migrated_database("pages") as url, connected_to(url):
        return all_pages()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says which versions these tests have really met."""
    if ran := config.stash.get(VERSIONS, []):
        terminalreporter.write_line(f"servers: {', '.join(ran)}")
