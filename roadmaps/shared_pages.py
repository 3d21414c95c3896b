"""A roadmap as others see it, behind its slug and, where it is unlisted, the token of a link.

The rule is the database's (`private.roadmaps_shown`), for a policy cannot leave out columns; nothing is hidden here
that it gave. What belongs here is only its shape, and the resources beside it, which are everybody's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from roadmaps.drawing import Drawing, Node, can_be_drawn, layered, listed
from roadmaps.enums import ModuleStatus
from roadmaps.models import Resource, ShareLink
from roadmaps.querysets import best_resources

RESOURCES_SHOWN = 3
LOOKS = "2"
"""Part of every version: another number where pages or pictures come to look otherwise."""
_LOOKS = {ModuleStatus.COMPLETED: "completed", ModuleStatus.IN_PROGRESS: "begun", ModuleStatus.SKIPPED: "skipped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedModule:
    """A module with what to learn from. `status` is empty where progress is not shown."""

    anchor: str
    title: str
    description: str
    skill: str
    levels: str
    hours: str
    weeks: str
    milestone: str
    status: str
    look: str
    requires: Sequence[tuple[str, str]]
    """Anchor and title."""
    resources: Sequence[Resource]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRoadmap:
    """`progress` is None where it is not shown, `author` and `rating` where there is none to show."""

    slug: str
    title: str
    goal: str
    language: str
    track: str
    hours_per_week: int
    weeks: int
    is_listed: bool
    is_template: bool
    """The platform's own."""
    progress: int | None
    author: Mapping[str, str] | None
    rating: Mapping[str, Any] | None
    modules: Sequence[SharedModule]
    nodes: Sequence[Node]
    version: str
    """Changes with whatever is shown."""

    @property
    def is_drawn(self) -> bool:
        """Whether there is a graph: not where it would be empty or too large."""
        return can_be_drawn(self.nodes)

    @property
    def wide_drawing(self) -> Drawing:
        """The graph on wide screens."""
        return layered(self.nodes)

    @property
    def narrow_drawing(self) -> Drawing:
        """The graph on telephones."""
        return listed(self.nodes)


def shown_roadmap(slug: str, token: str | None = None) -> dict[str, Any] | None:
    """What others see of it, as the database gives it, or None when there is none or it is closed to whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.roadmaps_shown(%s, %s)::text", [slug, ShareLink.hash_of(token or "")])
        (text,) = cursor.fetchone() or (None,)
    return orjson.loads(text) if text is not None else None


def shared_roadmap(slug: str, token: str | None = None) -> SharedRoadmap | None:
    """The same as its page shows it, in two queries."""
    shown = shown_roadmap(slug, token)
    if shown is None:
        return None
    text = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode()
    resources = resources_of(shown)
    addresses = [[resource.url for resource in some] for some in resources.values()]
    titles = {module["id"]: module["title"] for module in shown["modules"]}
    modules = [_module(module, titles, resources.get(module["skill_id"], ())) for module in shown.pop("modules")]
    nodes = [
        Node(
            key=module.anchor,
            title=module.title,
            note=" · ".join(part for part in (module.weeks, module.hours) if part),
            requires=[anchor for anchor, _ in module.requires],
            look=module.look,
        )
        for module in modules
    ]
    version = hashlib.sha256(orjson.dumps([LOOKS, text, addresses])).hexdigest()[:32]
    progress = None if shown["progress"] is None else int(shown["progress"])
    shown |= {"track": shown["track"] or "", "progress": progress}
    return SharedRoadmap(**shown, modules=modules, nodes=nodes, version=version)


def resources_of(shown: Mapping[str, Any]) -> dict[str, list[Resource]]:
    """The best few of each skill that it teaches, by the skill's id, in the roadmap's language first."""
    skills = {module["skill_id"] for module in shown["modules"] if module["skill_id"]}
    found: dict[str, list[Resource]] = {}
    for resource in Resource.objects.filter(skill__in=skills):
        found.setdefault(str(resource.skill_id), []).append(resource)
    languages = list(dict.fromkeys([shown["language"], "en"]))
    return {skill: best_resources(some, languages=languages, most=RESOURCES_SHOWN) for skill, some in found.items()}


def _module(module: Mapping[str, Any], titles: Mapping[str, str], resources: Sequence[Resource]) -> SharedModule:
    first, last = module["starts_week"], module["ends_week"]
    hours = max(round(module["minutes"] / 60), 1)
    return SharedModule(
        anchor=_anchor(module["id"]),
        title=module["title"],
        description=module["description"],
        skill=module["skill"] or "",
        levels=f"level {module['from_level']} to {module['to_level']}" if module["to_level"] else "",
        hours=f"{hours} h",
        weeks="" if first is None else f"week {first}" if first == last else f"weeks {first}–{last}",
        milestone=module["milestone"],
        status=ModuleStatus(module["status"]).label if module["status"] else "",
        look=_LOOKS.get(module["status"], ""),
        requires=[(_anchor(key), titles[key]) for key in module["requires"]],
        resources=resources,
    )


def _anchor(key: str) -> str:
    return f"module-{key}"
