"""The same migrations, and the same database after them, on every PostgreSQL that we support."""

from difflib import unified_diff

from skillbridge_backend.core.schema_pages.pages import all_pages
from tests.migrating import filled, steps
from tests.migrating.databases import (
    OWNER,
    connected_to,
    migrate_from_nothing,
    schema,
    scratch_database,
)


def differences(expected: dict[str, str], found: dict[str, str]) -> str:
    """The lines of the pages that are not the same."""
    assert expected.keys() == found.keys()
    return "\n".join(
        line
        for name in expected
        for line in unified_diff(expected[name].splitlines(), found[name].splitlines(), name, name, n=0)
    )


def test_migrations_make_the_same_database_and_go_back_and_forth(server: str, embedded_pages: dict[str, str]) -> None:
    with scratch_database(server, "skillbridge") as url:
        migrate_from_nothing(url)
        with connected_to(url):
            assert not differences(embedded_pages, all_pages())
            filled.fill()
            witness = steps.Witness()
            before = schema()
        with connected_to(url, role=OWNER):
            chosen = steps.lossless()
            steps.go_back_and_forth(chosen, witness)
        with connected_to(url):
            assert len(witness.steps) == 2 * len(chosen)
            assert schema() == before
            assert witness.changes() == {}
        with connected_to(url, role=OWNER):
            steps.all_back()
            steps.all_forth()
        with connected_to(url):
            assert schema() == before
