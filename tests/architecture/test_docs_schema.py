"""docs/schema/ tells the database as the migrations make it."""

import os

import pytest
from django.core.management import call_command

from tests.migrating.databases import connected_to, migrated_database


@pytest.mark.django_db(transaction=True)
def test_docs_tell_the_schema_as_it_is() -> None:
    """`make schema` runs this with SCHEMA_PAGES=write, and then it writes them."""
    with migrated_database("schema") as url, connected_to(url):
        call_command("schema_pages", check=os.environ.get("SCHEMA_PAGES") != "write")
