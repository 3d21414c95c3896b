"""Reads and checks `catalogue/skills.json` and `catalogue/tracks.json` before anything of them is written.

Pure: knows the files, not the database. The format is described in docs/catalogue.md; what is written and how is
`services/catalogue.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from skillbridge_backend.core.catalogue import CatalogueError, read_json
from users.normalisation import LONGEST_SKILL_TEXT, normalise_skill

CATALOGUE_DIR = Path(__file__).parent / "catalogue"

_SLUG = {"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60}
_WORDS = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_SKILL_TEXT}}
_COMMON: dict[str, Any] = {
    "slug": _SLUG,
    "name": {"type": "string", "minLength": 1, "maxLength": 80},
    "description": {"type": "string", "maxLength": 400},
}


def _list_of(properties: dict[str, Any]) -> dict[str, Any]:
    """A list of objects that have exactly these members."""
    item = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "array", "items": item}


SKILLS_SCHEMA = _list_of(
    _COMMON
    | {
        "aliases": _WORDS,
        "requires": {"type": "array", "items": _SLUG, "uniqueItems": True},
        "minutes_per_level": {"type": "integer", "minimum": 1},
    }
)
TRACKS_SCHEMA = _list_of(
    _COMMON
    | {
        "keywords": _WORDS,
        "skills": _list_of({"skill": _SLUG, "level": {"type": "integer", "minimum": 1, "maximum": 5}}),
    }
)


@dataclass(frozen=True, slots=True)
class SkillEntry:
    """A skill of the file. `aliases` maps the normalised text to the text; name and slug are among them."""

    slug: str
    name: str
    description: str
    minutes_per_level: int
    requires: tuple[str, ...]
    aliases: dict[str, str]


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """A track of the file; `levels` maps a skill's slug to the level to reach, in the order of learning."""

    slug: str
    name: str
    description: str
    keywords: tuple[str, ...]
    levels: dict[str, int]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Both files, checked against each other."""

    skills: list[SkillEntry]
    tracks: list[TrackEntry]


def read_catalogue(directory: Path = CATALOGUE_DIR) -> Catalogue:
    """Both files. Raises CatalogueError with one line for each fault: shape, duplicates, unknown slugs, cycles."""
    skills = _shaped(directory / "skills.json", SKILLS_SCHEMA)
    tracks = _shaped(directory / "tracks.json", TRACKS_SCHEMA)
    problems = [
        *_duplicates("skills.json", [entry["slug"] for entry in skills]),
        *_duplicates("tracks.json", [entry["slug"] for entry in tracks]),
        *_contested_aliases(skills),
        *_unknown_skills(skills, tracks),
        *_cycle(skills),
    ]
    if problems:
        raise CatalogueError(problems)
    return Catalogue([_skill_entry(entry) for entry in skills], [_track_entry(entry) for entry in tracks])


def _shaped(path: Path, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The file's entries, when all of them have the shape that is asked for."""
    value: list[dict[str, Any]] = read_json(path)
    faults = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda fault: list(map(str, fault.path)))
    if faults:
        raise CatalogueError([f"{path.name}: {_place(value, list(fault.path))}: {fault.message}" for fault in faults])
    return value


def _place(value: Any, path: list[Any]) -> str:
    """`entry 3 (python), requires[0]`: where in the file a fault is, entries counted from 1."""
    if not path:
        return "the file"
    entry = value[path[0]]
    name = f" ({entry['slug']})" if isinstance(entry, dict) and "slug" in entry else ""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[1:])
    return f"entry {path[0] + 1}{name}{', ' + steps.lstrip('.') if steps else ''}"


def _aliases(entry: dict[str, Any]) -> dict[str, str]:
    texts = [entry["name"], entry["slug"], *entry["aliases"]]
    return {normalise_skill(text): text for text in reversed(texts)}


def _duplicates(file: str, slugs: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for number, slug in enumerate(slugs, start=1):
        if slug in seen:
            yield f"{file}: entry {number} ({slug}): the slug is there twice"
        seen.add(slug)


def _contested_aliases(skills: list[dict[str, Any]]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for number, entry in enumerate(skills, start=1):
        for normalised, text in _aliases(entry).items():
            place = f"skills.json: entry {number} ({entry['slug']})"
            if not normalised:
                yield f"{place}: the alias {text!r} has nothing left after normalisation"
            elif owners.setdefault(normalised, entry["slug"]) != entry["slug"]:
                yield f"{place}: the alias {text!r} belongs to {owners[normalised]} already"


def _unknown_skills(skills: list[dict[str, Any]], tracks: list[dict[str, Any]]) -> Iterator[str]:
    known = {entry["slug"] for entry in skills}
    for number, entry in enumerate(skills, start=1):
        for slug in sorted(set(entry["requires"]) - known):
            yield f"skills.json: entry {number} ({entry['slug']}): requires {slug}, which is not in the file"
    for number, entry in enumerate(tracks, start=1):
        named = [member["skill"] for member in entry["skills"]]
        for slug in sorted(set(named) - known):
            yield f"tracks.json: entry {number} ({entry['slug']}): names {slug}, which is not in skills.json"
        for slug in sorted({slug for slug in named if named.count(slug) > 1}):
            yield f"tracks.json: entry {number} ({entry['slug']}): names {slug} twice"


def _cycle(skills: list[dict[str, Any]]) -> Iterator[str]:
    """The first cycle found; each skill in the line requires the one after it."""
    try:
        TopologicalSorter({entry["slug"]: entry["requires"] for entry in skills}).prepare()
    except CycleError as error:
        yield f"skills.json: prerequisites form a cycle: {' → '.join(reversed(error.args[1]))}"


def _skill_entry(entry: dict[str, Any]) -> SkillEntry:
    return SkillEntry(
        slug=entry["slug"],
        name=entry["name"],
        description=entry["description"],
        minutes_per_level=entry["minutes_per_level"],
        requires=tuple(entry["requires"]),
        aliases=_aliases(entry),
    )


def _track_entry(entry: dict[str, Any]) -> TrackEntry:
    return TrackEntry(
        slug=entry["slug"],
        name=entry["name"],
        description=entry["description"],
        keywords=tuple(entry["keywords"]),
        levels={member["skill"]: member["level"] for member in entry["skills"]},
    )
