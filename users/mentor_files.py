"""Reads and checks the import format for mentors (docs/catalogue.md). Pure: knows the file, not the database.

A fault makes an entry unusable. A remark says what was changed or left blank, and the entry is used.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from jsonschema import Draft202012Validator

from users.availability import first_overlap
from users.json_lines import Located, read_located
from users.normalisation import LONGEST_SKILL_TEXT
from users.regions import LANGUAGES, TIME_ZONES, ZONE_OF_COUNTRY

DEFAULT_CAPACITY = 2

_CLOCK = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
ENTRY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "headline": {"type": "string", "pattern": r"\S", "maxLength": 120},
        "country": {"type": "string"},
        "languages": {"type": "array", "items": {"type": "string"}},
        "skills": {
            "type": "array",
            "items": {"type": "string", "pattern": r"[^\s._/-]", "maxLength": LONGEST_SKILL_TEXT},
        },
        "timezone": {"type": "string", "enum": sorted(TIME_ZONES)},
        "availability": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "weekday": {"type": "integer", "minimum": 0, "maximum": 6},
                    "starts_at": _CLOCK,
                    "ends_at": _CLOCK,
                },
                "required": ["weekday", "starts_at", "ends_at"],
                "additionalProperties": False,
            },
        },
        "capacity": {"type": "integer", "minimum": 1, "maximum": 50},
    },
    "required": ["headline", "country", "languages", "skills"],
    "additionalProperties": False,
}
_VALIDATOR = Draft202012Validator(ENTRY_SCHEMA)
_HINTS = {
    "timezone": "write an IANA time zone, such as Europe/Berlin",
    "starts_at": "write a time such as 18:00",
    "ends_at": "write a time such as 20:00",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A message about a line of the file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class WrittenSkill:
    """A skill as somebody typed it, and where."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class WrittenSlot:
    """A weekly slot of an entry."""

    weekday: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, slots=True)
class MentorEntry:
    """A mentor of the file. `key` depends on what the entry says, not on where it stands."""

    key: str
    line: int
    headline: str
    country: str
    time_zone: str
    languages: list[str]
    skills: list[WrittenSkill]
    availability: list[WrittenSlot]
    capacity: int


@dataclass(frozen=True, slots=True)
class MentorFile:
    """What a file holds: usable entries, faults of the others, remarks."""

    entries: list[MentorEntry] = field(default_factory=list)
    faults: list[Line] = field(default_factory=list)
    remarks: list[Line] = field(default_factory=list)
    invalid_entries: int = 0


def read_mentors(text: str) -> MentorFile:
    """The entries of an import file. What cannot be read at all is a single fault."""
    try:
        root = read_located(text)
    except json.JSONDecodeError as error:
        return MentorFile(faults=[Line(error.lineno, f"not JSON: {error.msg}")])
    if not isinstance(root.value, list):
        return MentorFile(faults=[Line(root.line, "the file must be a list of mentors")])
    entries: dict[str, MentorEntry] = {}
    faults: list[Line] = []
    remarks: list[Line] = []
    invalid = 0
    for located in root.items:
        if found := sorted(_faults(located), key=lambda fault: fault.line):
            faults.extend(found)
            invalid += 1
            continue
        entry = _entry(located, remarks)
        if twin := entries.get(entry.key):
            remarks.append(Line(entry.line, f"the same mentor as in line {twin.line}; taken once"))
        entries.setdefault(entry.key, entry)
    return MentorFile(list(entries.values()), faults, remarks, invalid)


def _faults(entry: Located) -> Iterator[Line]:
    for error in _VALIDATOR.iter_errors(entry.value):
        path = list(error.absolute_path)
        yield Line(_line_of(entry, path), _fault_message(path, error))
    if isinstance(entry.value, dict):
        slots = entry.members.get("availability")
        if slots and _VALIDATOR.evolve(schema=ENTRY_SCHEMA["properties"]["availability"]).is_valid(slots.value):
            yield from _slot_faults(slots)


def _slot_faults(slots: Located) -> Iterator[Line]:
    for item in slots.items:
        if item.value["starts_at"] == item.value["ends_at"]:
            yield Line(item.line, "availability: start and end are the same")
    if overlap := first_overlap([_slot(item.value) for item in slots.items]):
        earlier, later = overlap
        yield Line(slots.items[later].line, f"availability: overlaps with the slot in line {slots.items[earlier].line}")


def _fault_message(path: list[Any], error: Any) -> str:
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    if error.validator == "pattern" and name == "headline":
        return "headline: it is empty"
    if error.validator == "pattern" and name == "skills":
        return f"skills: {error.instance!r} holds no letter, digit or sign that names a skill"
    if hint := _HINTS.get(name):
        return f"{name}: {error.instance!r}: {hint}"
    return f"{name}: {error.message}" if name else error.message


def _line_of(entry: Located, path: list[Any]) -> int:
    here = entry
    for step in path:
        here = here.items[step] if isinstance(step, int) else here.members[step]
    return here.line


def _entry(located: Located, remarks: list[Line]) -> MentorEntry:
    value = located.value
    country = _country(located, remarks)
    return MentorEntry(
        key=_key(value),
        line=located.line,
        headline=value["headline"].strip(),
        country=country,
        time_zone=value.get("timezone") or ZONE_OF_COUNTRY.get(country, "UTC"),
        languages=_languages(located, remarks),
        skills=[WrittenSkill(item.value.strip(), item.line) for item in located.members["skills"].items],
        availability=[_slot(slot) for slot in value.get("availability", [])],
        capacity=value.get("capacity", DEFAULT_CAPACITY),
    )


def _key(value: dict[str, Any]) -> str:
    """A hash of the entry's content, whatever the order of its members."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _country(located: Located, remarks: list[Line]) -> str:
    written = located.members["country"]
    code = written.value.strip().upper()
    if code in ZONE_OF_COUNTRY:
        return str(code)
    remarks.append(Line(written.line, f"country: {written.value!r} is not a country of ISO 3166-1; left blank"))
    return ""


def _languages(located: Located, remarks: list[Line]) -> list[str]:
    codes: dict[str, None] = {}
    for item in located.members["languages"].items:
        code = item.value.strip().lower()
        if code in LANGUAGES:
            codes[code] = None
        else:
            remarks.append(Line(item.line, f"languages: {item.value!r} is not a language of ISO 639-1; left out"))
    return list(codes)


def _slot(value: dict[str, Any]) -> WrittenSlot:
    return WrittenSlot(value["weekday"], time.fromisoformat(value["starts_at"]), time.fromisoformat(value["ends_at"]))
