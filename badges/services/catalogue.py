"""Brings badges and points rules in the database to what the catalogue's files say."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from badges.enums import Metric
from badges.models import Badge, PointsRule
from skillbridge_backend.core.catalogue import CatalogueError, LoadCounts, read_json

CATALOGUE_DIR = Path(__file__).resolve().parent.parent / "catalogue"
BADGE_FIELDS = frozenset({"slug", "name", "description", "tier", "criteria"})
RULE_FIELDS = frozenset({"metric", "points"})


def load_catalogue(directory: Path = CATALOGUE_DIR) -> list[LoadCounts]:
    """Load `badges.json` and `points.json`; call it in a transaction. CatalogueError before anything is written.

    Whoever has earned a new badge already gets it with their next booking, or by `BadgeService.back_fill`. A badge that
    the file does not name stays, and so does `is_active`: both are an admin's.
    """
    badges, badge_problems = _read(directory / "badges.json", Badge, key="slug", fields=BADGE_FIELDS)
    rules, rule_problems = _read(directory / "points.json", PointsRule, key="metric", fields=RULE_FIELDS)
    missing = sorted(set(Metric.values) - {str(rule.get("metric")) for rule in rules})
    if missing:
        rule_problems.append(f"points.json: no rule for {', '.join(missing)}")
    if problems := badge_problems + rule_problems:
        raise CatalogueError(problems)
    return [_upsert("badges", Badge, "slug", badges), _upsert("points rules", PointsRule, "metric", rules)]


def _read(
    path: Path, model: type[Badge | PointsRule], *, key: str, fields: frozenset[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries of a file, and one line for each fault in it."""
    entries = read_json(path)
    if not isinstance(entries, list):
        raise CatalogueError([f"{path.name}: must be a list"])
    good: list[dict[str, Any]] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        name = f"{path.name}: entry {number + 1}"
        if not isinstance(entry, dict) or set(entry) != fields:
            problems.append(f"{name}: must have exactly {', '.join(sorted(fields))}")
        elif str(entry[key]) in seen:
            problems.append(f"{name}: {key} {entry[key]!r} comes twice")
        else:
            seen.add(str(entry[key]))
            good.append(entry)
            problems += _faults(name, model(**entry))
    return good, problems


def _faults(name: str, row: Badge | PointsRule) -> list[str]:
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return [f"{name}: {field}: {text}" for field, texts in error.message_dict.items() for text in texts]
    return []


def _upsert(subject: str, model: type[Badge | PointsRule], key: str, entries: list[dict[str, Any]]) -> LoadCounts:
    existing = {getattr(row, key): row for row in model.objects.all()}
    new, changed = [], []
    for entry in entries:
        row = existing.get(entry[key])
        if row is None:
            new.append(model(**entry))
        elif any(getattr(row, field) != value for field, value in entry.items()):
            for field, value in entry.items():
                setattr(row, field, value)
            changed.append(row)
    for row in [*new, *changed]:
        row.save()
    counts = {"created": len(new), "updated": len(changed), "unchanged": len(entries) - len(new) - len(changed)}
    return LoadCounts(subject, **counts)
