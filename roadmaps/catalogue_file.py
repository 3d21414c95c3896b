"""Reads `catalogue/resources.json` and brings the resources to what it says; a repeat changes nothing.

Belongs here: what the file means and what is wrong with one. When it is loaded is said by `core/catalogue.py`.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from roadmaps.enums import ResourceKind, ResourceSource
from roadmaps.models import Resource
from roadmaps.services import check_soon
from skillbridge_backend.core.catalogue import CatalogueError, LoadCounts, read_json
from users.models import Skill

RESOURCES_FILE = Path(__file__).parent / "catalogue" / "resources.json"
_FIELDS = ("title", "kind", "provider", "language", "minutes", "is_free")


def load_resources(path: Path = RESOURCES_FILE) -> list[LoadCounts]:
    """Create, change and remove resources so that they are those of the file; when an address answered last is kept.

    Raises CatalogueError with every fault of the file.
    """
    data = read_json(path)
    skills = dict(Skill.objects.values_list("slug", "pk"))
    problems = list(_problems(data, skills, path.name))
    if problems:
        raise CatalogueError(problems)
    wanted = {(skills[slug], each["url"]): each for slug, entries in data.items() for each in entries}
    present = {(each.skill_id, each.url): each for each in Resource.objects.filter(source=ResourceSource.CATALOGUE)}
    new = [
        Resource(skill_id=skill, url=url, **{field: entry[field] for field in _FIELDS})
        for (skill, url), entry in wanted.items()
        if (skill, url) not in present
    ]
    changed = []
    for key in wanted.keys() & present.keys():
        resource = present[key]
        if any(getattr(resource, field) != wanted[key][field] for field in _FIELDS):
            for field in _FIELDS:
                setattr(resource, field, wanted[key][field])
            changed.append(resource)
    gone = [present[key].pk for key in present.keys() - wanted.keys()]
    Resource.objects.bulk_create(new)
    if new:
        check_soon()
    Resource.objects.bulk_update(changed, _FIELDS)
    Resource.objects.filter(pk__in=gone).delete()
    unchanged = len(wanted) - len(new) - len(changed)
    return [LoadCounts("resources", len(new), len(changed), len(gone), unchanged)]


def _problems(data: Any, skills: dict[str, Any], file: str) -> list[str]:
    """One line for each fault."""
    if not isinstance(data, dict):
        return [f"{file}: write an object that maps skills to lists of resources"]
    problems = []
    for slug, entries in data.items():
        if slug not in skills:
            problems.append(f"{file}: {slug}: no such skill")
        if not isinstance(entries, list):
            problems.append(f"{file}: {slug}: write a list of resources")
            continue
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            place = f"{file}: {slug}[{number}]"
            if not isinstance(entry, dict) or set(entry) != {*_FIELDS, "url"}:
                problems.append(f"{place}: write exactly the fields url, {', '.join(_FIELDS)}")
                continue
            problems += [f"{place}: {fault}" for fault in _faults(entry)]
            if entry["url"] in seen:
                problems.append(f"{place}: this address is listed twice")
            seen.add(str(entry["url"]))
    return problems


def _faults(entry: dict[str, Any]) -> list[str]:
    minutes = entry["minutes"]
    checks = {
        "title: write 1 to 200 characters": isinstance(entry["title"], str) and 1 <= len(entry["title"]) <= 200,
        "url: write an https address of at most 500 characters": _is_https(entry["url"]),
        f"kind: write one of {', '.join(ResourceKind.values)}": entry["kind"] in ResourceKind.values,
        "provider: write at most 120 characters": isinstance(entry["provider"], str) and len(entry["provider"]) <= 120,
        "language: write an ISO 639 code such as en": isinstance(entry["language"], str)
        and entry["language"].isascii()
        and entry["language"].islower()
        and len(entry["language"]) in {2, 3},
        "minutes: write a whole number from 1": type(minutes) is int and minutes >= 1,
        "is_free: write true or false": isinstance(entry["is_free"], bool),
    }
    return [fault for fault, is_right in checks.items() if not is_right]


def _is_https(url: Any) -> bool:
    if not isinstance(url, str) or len(url) > 500 or any(char.isspace() for char in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
