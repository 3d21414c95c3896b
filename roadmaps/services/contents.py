"""What a roadmap says, read from its rows and written to them (`roadmaps/content.py` is the shape)."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils.dateparse import parse_date

from roadmaps.content import Content, ModuleContent
from roadmaps.enums import ModuleStatus
from roadmaps.models import Module, ModulePrerequisite, Roadmap, ShareLink
from roadmaps.services.module_links import copy_links
from users.models import Skill, Track

ROADMAP_FIELDS = ("title", "goal_text", "hours_per_week", "weeks", "wishes", "understood", "plan_summary")
DATES = ("deadline", "started_on")
BEGUN = (ModuleStatus.IN_PROGRESS, ModuleStatus.COMPLETED, ModuleStatus.SKIPPED)

_WRITTEN = (
    "position", "status", "title", "description", "skill", "from_level", "to_level", "weight", "estimated_minutes",
    "milestone", "starts_week", "ends_week", "joined_into",
)  # fmt: skip


def content_of(roadmap: Roadmap, *, known_as: Callable[[Module], UUID] = lambda module: module.pk) -> Content:
    """What it says now, its modules named by `known_as`: three queries. Removed modules are no part of it."""
    modules = list(Module.objects.present().filter(roadmap=roadmap).select_related("skill").order_by("position"))
    names = {module.pk: str(known_as(module)) for module in modules}
    requires: dict[UUID, set[str]] = {pk: set() for pk in names}
    edges = ModulePrerequisite.objects.filter(module__roadmap=roadmap).values_list("module_id", "requires_id")
    for module_id, required_id in edges:
        if module_id in names and required_id in names:
            requires[module_id].add(names[required_id])
    fields = {name: getattr(roadmap, name) for name in ROADMAP_FIELDS}
    fields |= {name: _as_text(getattr(roadmap, name)) for name in DATES}
    fields["track"] = roadmap.track.slug if roadmap.track else None
    return Content(
        fields,
        tuple(
            ModuleContent(
                id=names[module.pk],
                title=module.title,
                description=module.description,
                skill=module.skill.slug if module.skill else None,
                from_level=module.from_level,
                to_level=module.to_level,
                weight=module.weight,
                estimated_minutes=module.estimated_minutes,
                milestone=module.milestone,
                starts_week=module.starts_week,
                ends_week=module.ends_week,
                requires=frozenset(requires[module.pk]),
            )
            for module in modules
        ),
    )


def content_shared(*, roadmap_id: UUID | None = None, slug: str = "", token: str = "") -> tuple[UUID, Content] | None:
    """Id and content of a roadmap that the request's person may copy: their own, a public one, one that a link opens.

    None for everything else. Its `roadmap` is what a copy takes: no wishes, no calendar. The rule is the database's
    (sql/0028_copies.sql).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT private.roadmaps_content(%s, %s, %s)::text",
            [roadmap_id, slug, ShareLink.hash_of(token)],
        )
        (text,) = cursor.fetchone() or (None,)
    if text is None:
        return None
    shared = orjson.loads(text)
    return UUID(shared["id"]), Content.from_json(shared)


def put_roadmap_fields(roadmap: Roadmap, fields: Mapping[str, Any]) -> None:
    """Set the roadmap's own fields to those of a content; the caller saves it."""
    for name in ROADMAP_FIELDS:
        setattr(roadmap, name, fields[name])
    for name in DATES:
        setattr(roadmap, name, parse_date(fields[name]) if fields[name] else None)
    roadmap.track = Track.objects.filter(slug=fields["track"]).first()


def put_modules(
    roadmap: Roadmap, content: Content, carriers: Mapping[str, Module], *, keeps_weeks: bool, token: str = ""
) -> None:
    """Make the modules say what the content does; what was begun stays, at the end if the content lacks it.

    `carriers` are the rows that carry the content's modules, by the ids that those have in it; for others rows are
    made, which remember that id as `upstream_id` and take the links of that module along (`token` as in `copy_links`).
    A removed one is pending again. Weeks stay as they are unless `keeps_weeks`. The caller has locked the roadmap.
    """
    rows = {module.pk: module for module in roadmap.modules.select_for_update().order_by("position")}
    was = {pk: _written(module) for pk, module in rows.items()}
    slugs = {module.skill for module in content.modules if module.skill}
    skills = {skill.slug: skill for skill in Skill.objects.filter(slug__in=slugs)}
    carried: dict[str, Module] = {}
    for each in content.modules:
        carrier = carriers.get(each.id)
        module = rows[carrier.pk] if carrier else Module(roadmap=roadmap, upstream_id=each.id)
        if module.status == ModuleStatus.REMOVED:
            module.status, module.joined_into = ModuleStatus.PENDING, None
        _put(module, each, skills, with_weeks=keeps_weeks or carrier is None)
        carried[each.id] = module
    used = {module.pk for module in carried.values()}
    left = [module for module in rows.values() if module.pk not in used]
    begun = [module for module in left if module.status in BEGUN]
    gone = [module for module in left if module.status not in BEGUN]
    for module in gone:
        module.status = ModuleStatus.REMOVED
    for position, module in enumerate([*carried.values(), *begun, *gone], start=1):
        module.position = position
    new = [module for module in carried.values() if module.pk not in rows]
    Module.objects.write([module for pk, module in rows.items() if _written(module) != was[pk]], _WRITTEN)
    Module.objects.bulk_create(new)
    ModulePrerequisite.objects.filter(module__in=[each for each in carried.values() if each.pk in rows]).delete()
    ModulePrerequisite.objects.bulk_create(
        ModulePrerequisite(module=carried[each.id], requires=carried[required])
        for each in content.modules
        for required in sorted(each.requires)
        if required in carried
    )
    copied = [each.id for each in content.modules if each.id not in carriers]
    copy_links([(UUID(key), carried[key].pk) for key in copied], token=token)


def _written(module: Module) -> tuple[Any, ...]:
    return tuple(getattr(module, "skill_id" if name == "skill" else name) for name in _WRITTEN)


def _put(module: Module, content: ModuleContent, skills: Mapping[str, Skill], *, with_weeks: bool) -> None:
    module.title, module.description, module.milestone = content.title, content.description, content.milestone
    module.skill = skills[content.skill] if content.skill else None
    module.from_level, module.to_level = content.from_level, content.to_level
    module.weight, module.estimated_minutes = content.weight, content.estimated_minutes
    if with_weeks:
        module.starts_week, module.ends_week = content.starts_week, content.ends_week


def _as_text(day: Any) -> str | None:
    return day.isoformat() if day else None
