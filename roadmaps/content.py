"""What a roadmap says, apart from how far anybody is in it: to be kept, compared, restored, copied and merged.

Pure: no database. A module is known by its id in all states of its roadmap, so edits, moves and copies are told apart.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from roadmaps.enums import ChangeKind


@dataclass(frozen=True, slots=True)
class ModuleContent:
    """A module as it reads. `skill` is a slug of the catalogue, `requires` are ids of modules, weeks count from 1."""

    id: str
    title: str
    estimated_minutes: int
    weight: int
    description: str = ""
    skill: str | None = None
    from_level: int = 0
    to_level: int = 0
    milestone: str = ""
    starts_week: int | None = None
    ends_week: int | None = None
    requires: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"requires": sorted(self.requires)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` made."""
        return cls(**{**value, "requires": frozenset(value["requires"])})


PARTS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "description": ("description",),
    # Levels belong to their skill: of two changes that are put together, only one can have said what is learned.
    "skill": ("skill", "from_level", "to_level"),
    "estimated_minutes": ("estimated_minutes",),
    "weight": ("weight",),
    "milestone": ("milestone",),
    "weeks": ("starts_week", "ends_week"),
    "requires": ("requires",),
}
"""The fields of a module that change together, by the name under which a change is shown."""

if {name for part in PARTS.values() for name in part} | {"id"} != {field.name for field in fields(ModuleContent)}:
    raise AssertionError("every field of a module belongs to one part")


def part(module: ModuleContent, name: str) -> Any:
    """A part of a module, as it is shown and compared: a value, or a mapping where the part has several fields."""
    if len(PARTS[name]) > 1:
        return {field: getattr(module, field) for field in PARTS[name]}
    value = getattr(module, PARTS[name][0])
    return sorted(value) if isinstance(value, frozenset) else value


@dataclass(frozen=True, slots=True)
class Content:
    """A roadmap: its own fields as JSON values, and its modules in order."""

    roadmap: Mapping[str, Any]
    modules: tuple[ModuleContent, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"roadmap": dict(self.roadmap), "modules": [module.to_json() for module in self.modules]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` made."""
        return cls(value["roadmap"], tuple(ModuleContent.from_json(module) for module in value["modules"]))

    def by_id(self) -> dict[str, ModuleContent]:
        """The modules by their ids, in order."""
        return {module.id: module for module in self.modules}


@dataclass(frozen=True, slots=True)
class Change:
    """What is different about a module: `added`, `removed`, or `changed`, then with each part before and after."""

    id: str
    title: str
    kind: ChangeKind
    parts: Mapping[str, tuple[Any, Any]]
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """How one content became another. `roadmap` has each field of its own before and after."""

    roadmap: Mapping[str, tuple[Any, Any]]
    modules: tuple[Change, ...]


def difference(before: Content, after: Content) -> Difference:
    """What was done from `before` to `after`: modules in the order of `after`, removed ones last."""
    was, now = before.by_id(), after.by_id()
    moved = _moved([key for key in was if key in now], [key for key in now if key in was])
    changes = []
    for key, module in now.items():
        if key not in was:
            changes.append(Change(key, module.title, ChangeKind.ADDED, {}))
        elif (parts := _changed_parts(was[key], module)) or key in moved:
            changes.append(Change(key, module.title, ChangeKind.CHANGED, parts, is_moved=key in moved))
    changes += [Change(key, module.title, ChangeKind.REMOVED, {}) for key, module in was.items() if key not in now]
    names = {**before.roadmap, **after.roadmap}
    pairs = {name: (before.roadmap.get(name), after.roadmap.get(name)) for name in names}
    return Difference({name: pair for name, pair in pairs.items() if pair[0] != pair[1]}, tuple(changes))


def _changed_parts(was: ModuleContent, now: ModuleContent) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (part(was, name), part(now, name)) for name in PARTS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _moved(was: list[str], now: Iterable[str]) -> set[str]:
    """The fewest modules whose moves make one order from the other: those outside a longest rising run."""
    places = {key: place for place, key in enumerate(was)}
    order = [places[key] for key in now]
    ends: list[int] = []  # the least end of a run of each length
    lengths = []
    for place in order:
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        lengths.append(length)
    stays: set[int] = set()
    wanted = len(ends) - 1
    for place, length in zip(reversed(order), reversed(lengths), strict=True):
        if length == wanted:
            stays.add(place)
            wanted -= 1
    return {was[place] for place in order if place not in stays}
