"""Every migration goes back and forth again, on a database that is full, and leaves its rows as they were."""

import pytest

from tests.migrating import filled, steps
from tests.migrating.databases import OWNER, connected_to, migrated_database, schema


@pytest.mark.django_db
def test_every_table_of_a_filled_database_has_rows() -> None:
    filled.fill()

    empty = [table for table, content in filled.data().items() if not content]
    assert not empty, " ".join(empty)


@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_and_forth_on_a_filled_database() -> None:
    """Step by step where nothing is dropped, comparing every row; then all the way, comparing the schema."""
    with migrated_database("migrations") as url:
        with connected_to(url):
            filled.fill()
            witness = steps.Witness()
            before = schema()
        with connected_to(url, role=OWNER):
            chosen = steps.lossless()
            assert chosen
            steps.go_back_and_forth(chosen, witness)
        with connected_to(url):
            assert len(witness.steps) == 2 * len(chosen)
            assert schema() == before
            assert witness.changes() == {}
        with connected_to(url, role=OWNER):
            steps.all_back()
            assert {row[0] for row in schema()} <= {"django_migrations"}
            steps.all_forth()
        with connected_to(url):
            assert schema() == before
