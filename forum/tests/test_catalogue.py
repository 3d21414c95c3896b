"""The categories' file: loaded, loaded again, and refused with every fault."""

import json
from pathlib import Path
from typing import Any

import pytest

from forum.models import Category
from forum.services.catalogue_load import CATEGORIES_FILE, load_categories
from forum.tests.factories import CategoryFactory
from skillbridge_backend.core.catalogue import CatalogueError

pytestmark = pytest.mark.django_db


def test_shipped_file_loads_and_a_repeat_changes_nothing() -> None:
    size = len(json.loads(CATEGORIES_FILE.read_text()))
    [first] = load_categories()
    [second] = load_categories()
    assert (first.created, first.unchanged) == (size, 0)
    assert (second.created, second.updated, second.unchanged) == (0, 0, size)
    assert Category.objects.count() == size


def test_changed_entry_is_brought_back_and_others_stay() -> None:
    load_categories()
    extra = CategoryFactory(slug="of-an-admin")
    Category.objects.filter(slug="careers").update(name="Something else")
    [counts] = load_categories()
    assert counts.updated == 1
    assert Category.objects.get(slug="careers").name == "Careers and interviews"
    assert Category.objects.filter(pk=extra.pk).exists()


GOOD = {"slug": "a", "name": "A", "description": "", "position": 1}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({}, "write a list"),
        ([1], "entry 1: write exactly slug"),
        ([{**GOOD, "colour": "red"}], "entry 1: write exactly slug"),
        ([{**GOOD, "slug": "not a slug"}], "entry 1: slug"),
        ([{**GOOD, "name": "x" * 81}], "entry 1: name"),
        ([{**GOOD, "position": "first"}], "entry 1: position"),
        ([GOOD, GOOD], "entry 2: the slug 'a' is there twice"),
    ],
)
def test_wrong_file_writes_nothing(tmp_path: Path, content: Any, problem: str) -> None:
    path = tmp_path / "categories.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CatalogueError, match=problem):
        load_categories(path)
    assert not Category.objects.exists()
