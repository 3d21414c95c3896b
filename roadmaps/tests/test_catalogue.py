"""The file of resources: the one that ships loads, a repeat changes nothing, and a wrong one changes nothing either."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from roadmaps.catalogue_file import load_resources
from roadmaps.models import Resource
from skillbridge_backend.core.catalogue import CatalogueError, LoadCounts, load_all
from users.models import Skill
from users.tests.factories import SkillFactory

pytestmark = pytest.mark.django_db

ENTRY = {
    "title": "The Book", "url": "https://doc.rust-lang.org/book/", "kind": "book", "provider": "Rust", "language": "en",
    "minutes": 900, "is_free": True,
}  # fmt: skip


@pytest.fixture
def rust() -> Skill:
    made: Skill = SkillFactory(slug="rust")
    return made


def file_with(folder: Path, data: Any) -> Path:
    path = folder / "resources.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_shipped_catalogue_loads_and_gives_every_skill_two_resources() -> None:
    first = {counts.subject: counts for counts in load_all()}
    assert first["resources"].created == Resource.objects.count() > 500
    assert all(skill.resources.count() >= 2 for skill in Skill.objects.prefetch_related("resources"))
    again = {counts.subject: counts for counts in load_all()}
    assert again["resources"] == LoadCounts("resources", unchanged=first["resources"].created)


def test_file_is_what_is_there_afterwards_and_checks_are_kept(rust: Skill, tmp_path: Path) -> None:
    other = ENTRY | {"url": "https://other.test/"}
    load_resources(file_with(tmp_path, {"rust": [ENTRY, other]}))
    Resource.objects.update(checked_at=timezone.now())
    new = ENTRY | {"url": "https://new.test/"}
    (counts,) = load_resources(file_with(tmp_path, {"rust": [ENTRY | {"minutes": 5}, new]}))
    assert counts == LoadCounts("resources", created=1, updated=1, removed=1)
    kept = Resource.objects.get(url=ENTRY["url"])
    assert (kept.minutes, kept.checked_at is None) == (5, False)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "write an object"),
        ({"cobol": [ENTRY]}, "cobol: no such skill"),
        ({"rust": {}}, "rust: write a list"),
        ({"rust": [[]]}, "rust[0]: write exactly the fields"),
        ({"rust": [ENTRY | {"stars": 5}]}, "write exactly the fields"),
        ({"rust": [ENTRY, ENTRY]}, "rust[1]: this address is listed twice"),
        ({"rust": [ENTRY | {"url": "http://plain.test/"}]}, "url: write an https address"),
        ({"rust": [ENTRY | {"url": "javascript:alert(1)"}]}, "url: write an https address"),
        ({"rust": [ENTRY | {"url": "https://[broken"}]}, "url: write an https address"),
        ({"rust": [ENTRY | {"url": "https://a b"}]}, "url: write an https address"),
        ({"rust": [ENTRY | {"url": 5}]}, "url: write an https address"),
        ({"rust": [ENTRY | {"title": ""}]}, "title: write"),
        ({"rust": [ENTRY | {"kind": "podcast"}]}, "kind: write one of"),
        ({"rust": [ENTRY | {"provider": None}]}, "provider: write"),
        ({"rust": [ENTRY | {"language": "English"}]}, "language: write"),
        ({"rust": [ENTRY | {"minutes": 0}]}, "minutes: write"),
        ({"rust": [ENTRY | {"minutes": True}]}, "minutes: write"),
        ({"rust": [ENTRY | {"is_free": "yes"}]}, "is_free: write"),
    ],
)
def test_wrong_file_says_what_and_where_and_changes_nothing(
    rust: Skill, tmp_path: Path, data: Any, problem: str
) -> None:
    with pytest.raises(CatalogueError) as error:
        load_resources(file_with(tmp_path, data))
    assert any(problem in line for line in error.value.problems)
    assert not Resource.objects.exists()
