"""The registry of catalogues: the order of the loaders, and all of them or none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType

from skillbridge_backend.core import catalogue
from skillbridge_backend.core.catalogue import CatalogueError, LoadCounts, load_all, read_json, register_catalogue


@pytest.fixture(autouse=True)
def _own_registry() -> Iterator[None]:
    apps_own = dict(catalogue._registrations)
    catalogue._registrations.clear()
    yield
    catalogue._registrations.clear()
    catalogue._registrations.update(apps_own)


@pytest.mark.django_db
def test_loaders_run_by_order_then_name_and_the_last_of_a_name_counts() -> None:
    register_catalogue("forum", 30, lambda: [LoadCounts("categories")])
    register_catalogue("badges", 30, lambda: [LoadCounts("badges")])
    register_catalogue("users", 10, lambda: [LoadCounts("replaced")])
    register_catalogue("users", 10, lambda: [LoadCounts("skills", created=2), LoadCounts("tracks")])

    assert [counts.subject for counts in load_all()] == ["skills", "tracks", "badges", "categories"]


@pytest.mark.django_db
def test_faulty_catalogue_takes_back_what_the_ones_before_it_wrote() -> None:
    def writes() -> list[LoadCounts]:
        ContentType.objects.create(app_label="written", model="before")
        return []

    def fails() -> list[LoadCounts]:
        raise CatalogueError(["a.json: entry 1: wrong"])

    register_catalogue("writes", 10, writes)
    register_catalogue("fails", 20, fails)

    with pytest.raises(CatalogueError, match=r"a\.json: entry 1: wrong"):
        load_all()

    assert not ContentType.objects.filter(app_label="written").exists()


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"a": 1\n"b"}')

    for path, message in ((tmp_path / "none.json", "cannot be read"), (broken, "line 2: not JSON")):
        with pytest.raises(CatalogueError, match=message):
            read_json(path)
