"""Brings the categories in the database to what `catalogue/categories.json` says."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from forum.models import Category
from skillbridge_backend.core.catalogue import CatalogueError, LoadCounts, read_json

CATEGORIES_FILE = Path(__file__).resolve().parent.parent / "catalogue" / "categories.json"
FIELDS = ("name", "description", "position")


def load_categories(path: Path = CATEGORIES_FILE) -> list[LoadCounts]:
    """Create and change what the file names; a category that an admin added stays. A repeat changes nothing.

    Raises CatalogueError, with every fault, before anything is written.
    """
    entries = _checked(read_json(path), path.name)
    existing = {category.slug: category for category in Category.objects.all()}
    created = updated = 0
    for entry in entries:
        category = existing.get(entry.slug)
        if category is None:
            entry.save(force_insert=True)
            created += 1
        elif any(getattr(category, field) != getattr(entry, field) for field in FIELDS):
            for field in FIELDS:
                setattr(category, field, getattr(entry, field))
            category.save(update_fields=[*FIELDS, "updated_at"])
            updated += 1
    counts = LoadCounts("forum categories", created, updated, unchanged=len(entries) - created - updated)
    return [counts]


def _checked(content: Any, name: str) -> list[Category]:
    if not isinstance(content, list):
        raise CatalogueError([f"{name}: write a list of categories"])
    problems: list[str] = []
    entries: dict[str, Category] = {}
    for number, raw in enumerate(content, start=1):
        if not isinstance(raw, dict) or set(raw) != {"slug", *FIELDS}:
            problems.append(f"{name}: entry {number}: write exactly slug, {', '.join(FIELDS)}")
            continue
        category = Category(**raw)
        try:
            category.clean_fields()
        except ValidationError as error:
            problems.extend(
                f"{name}: entry {number}: {field}: {' '.join(texts)}" for field, texts in error.message_dict.items()
            )
        if category.slug in entries:
            problems.append(f"{name}: entry {number}: the slug {category.slug!r} is there twice")
        entries[category.slug] = category
    if problems:
        raise CatalogueError(problems)
    return list(entries.values())
