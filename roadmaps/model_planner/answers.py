"""What of a model's answer may be taken: `validate_modules` holds it against the schema and against the plan. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from jsonschema import Draft202012Validator

from roadmaps.link_checker import LONGEST_URL, PORTS
from roadmaps.model_planner.prompts import ITEM_SCHEMA, key_of, links_per_module
from roadmaps.planner import Plan, PlannedLink, PlannedModule
from skillbridge_backend.core.markdown import plain

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_LINK_TITLE = 120, 1500, 200
LEAST_SHARE, MOST_SHARE = 0.75, 1.25
_BEGINNINGS = tuple(f"{scheme}://" for scheme in PORTS)
MISSING = "The model left this module out."
CUT_OFF = "The model's answer was cut off before this module."

_ADDRESS = re.compile(
    r"://|\bwww\.|\]\(|\b[a-z0-9-]+\.(?:com|org|net|io|dev|edu|gov|info|app|ai|co|me|ly|tv)/", re.IGNORECASE
)
_is_address = URLValidator(schemes=list(PORTS))
_item_validator = Draft202012Validator(ITEM_SCHEMA)


class UnusableAnswerError(Exception):
    """Nothing of the model's answer can be taken; the message is what the learner is told as the reason."""


class _FaultError(Exception):
    """One module cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """The modules that can be taken, by key in the model's order, and why the others cannot."""

    modules: Mapping[str, PlannedModule]
    faults: Mapping[str, str]

    def repaired_by(self, other: "CheckedAnswer") -> "CheckedAnswer":
        """With what another answer put right; what it did not stays wrong."""
        mended = {key: module for key, module in other.modules.items() if key in self.faults}
        faults = {key: other.faults.get(key, fault) for key, fault in self.faults.items() if key not in mended}
        return CheckedAnswer({**self.modules, **mended}, faults)


def items_of(text: str) -> list[Any]:
    """The modules of a whole answer. Raises UnusableAnswerError."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableAnswerError("The model's answer was not JSON.") from error
    if not isinstance(answer, dict) or set(answer) != {"modules"} or not isinstance(answer["modules"], list):
        raise UnusableAnswerError("The model's answer did not follow the schema.")
    return list(answer["modules"])


def validate_modules(items: Iterable[Any], skeleton: Plan, *, missing: str = MISSING) -> CheckedAnswer:
    """What of these modules may be taken into the plan: schema, keys, skill, sizes, minutes, words without addresses.

    Every module of the plan is either taken or has a fault, `missing` where it did not come. `requires` of those taken
    are still places of the skeleton.
    """
    planned = {key_of(place): module for place, module in enumerate(skeleton.modules)}
    most_links = links_per_module(skeleton)
    modules: dict[str, PlannedModule] = {}
    faults: dict[str, str] = {}
    for found in items:
        # Services that do not hold models to the schema: a module without links has none.
        item = {"links": [], **found} if isinstance(found, dict) else found
        if not _item_validator.is_valid(item):
            key = item.get("key") if isinstance(item, dict) else None
            if isinstance(key, str) and key in planned and key not in modules:
                faults[key] = "The model's answer did not follow the schema."
            continue
        key = item["key"]
        if key not in planned or key in modules:
            continue
        try:
            modules[key] = checked_module(item, planned[key], most_links=most_links)
            faults.pop(key, None)
        except _FaultError as error:
            faults[key] = str(error)
    faults |= {key: missing for key in planned if key not in modules and key not in faults}
    return CheckedAnswer(modules, faults)


def checked_module(item: Mapping[str, Any], planned: PlannedModule, *, most_links: int) -> PlannedModule:
    """The planner's module in the model's words and minutes, its links not asked yet. Raises _FaultError.

    A link that cannot be taken is there without title and address, so that it is counted.
    """
    if item["skill"] != planned.skill:
        raise _FaultError("The model changed the skill of a module.")
    title, description = _plain_text(item["title"]), _plain_text(item["description"])
    if not 1 <= len(title) <= LONGEST_TITLE or not 1 <= len(description) <= LONGEST_DESCRIPTION:
        raise _FaultError("The model wrote a title or description that is empty or too long.")
    if not planned.minutes * LEAST_SHARE <= item["minutes"] <= planned.minutes * MOST_SHARE:
        raise _FaultError("The model's minutes were too far from the planner's.")
    links: list[PlannedLink] = []
    for link in map(_link, item["links"][:most_links]):
        if not link.url or link.url not in {each.url for each in links}:
            links.append(link)
    return planned._replace(title=title, description=description, minutes=item["minutes"], links=tuple(links))


def put_together(answer: CheckedAnswer, skeleton: Plan) -> list[PlannedModule]:
    """The plan's modules: the model's where they can be taken, in its order where that is whole and right.

    All together they take no longer than the planner's: where they would, those that grew get their minutes back.
    """
    keys = [key_of(place) for place in range(len(skeleton.modules))]
    places = {key: place for place, key in enumerate(keys)}
    modules = {key: answer.modules.get(key, skeleton.modules[places[key]]) for key in keys}
    if sum(module.minutes for module in modules.values()) > skeleton.total_minutes:
        modules = {
            key: module._replace(minutes=min(module.minutes, skeleton.modules[places[key]].minutes))
            for key, module in modules.items()
        }
    order = list(answer.modules)
    if len(order) != len(keys) or not _keeps_order([places[key] for key in order], skeleton.modules):
        order = keys
    new_place = {places[key]: index for index, key in enumerate(order)}
    return [
        modules[key]._replace(requires=tuple(sorted(new_place[each] for each in modules[key].requires)))
        for key in order
    ]


def _keeps_order(order: Sequence[int], modules: Sequence[PlannedModule]) -> bool:
    seen: set[int] = set()
    for place in order:
        if not seen.issuperset(modules[place].requires):
            return False
        seen.add(place)
    return True


def _link(item: Mapping[str, str]) -> PlannedLink:
    try:
        title, url = _plain_text(item["title"]), item["url"].strip()
        _is_address(url)
    except (_FaultError, ValidationError):
        return PlannedLink("", "")
    is_right = 1 <= len(title) <= LONGEST_LINK_TITLE and len(url) <= LONGEST_URL and url.startswith(_BEGINNINGS)
    return PlannedLink(title, url) if is_right else PlannedLink("", "")


def _plain_text(text: str) -> str:
    """The text without markup and control characters. Raises _FaultError for an address in it."""
    without_controls = "".join(char for char in text if char.isprintable() or char in "\n\t")
    cleaned = plain(without_controls)
    if plain(cleaned) != cleaned:
        raise _FaultError("The model wrote markup.")
    if _ADDRESS.search(cleaned):
        raise _FaultError("The model wrote an address; none of its addresses is passed on.")
    return cleaned.strip()
