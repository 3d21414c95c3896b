"""Brings the platform's own roadmaps to what its tracks and the built-in planner say; a repeat changes nothing.

One for each track of the catalogue, for somebody who knows nothing of it yet, public, and with ids that follow from
what they stand for: a module that is still in the plan stays the same module.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from roadmaps.enums import RoadmapStatus, Visibility
from roadmaps.models import MOST_WEEKS, Module, ModulePrerequisite, Roadmap
from roadmaps.planner import Plan, PlanRequest, SkillGraph, Target, plan
from roadmaps.services.goal_catalogue import skill_graph
from roadmaps.services.planning import summary_of
from skillbridge_backend.core.catalogue import LoadCounts
from users.enums import Role
from users.models import Skill, Track, User

PLATFORM_ID = UUID("00000000-0000-7000-8000-000000000002")
"""The account that owns them (`private.platform_id()`)."""
HOURS_PER_WEEK = 8
BEGINNING = date(2026, 1, 5)
_ROADMAP_FIELDS = ("title", "goal_text", "track_id", "weeks", "hours_per_week", "plan_summary")
_MODULE_FIELDS = (
    "position", "title", "description", "skill_id", "from_level", "to_level", "weight", "estimated_minutes",
    "starts_week", "ends_week", "milestone",
)  # fmt: skip


def load_templates() -> list[LoadCounts]:
    """Create, change and remove templates so that there is one for each track. Skills and tracks are loaded before."""
    _ensure_platform()
    graph, skills = skill_graph(), dict(Skill.objects.values_list("slug", "pk"))
    present = {each.pk: each for each in Roadmap.objects.filter(owner_id=PLATFORM_ID).select_for_update(no_key=True)}
    created = updated = unchanged = 0
    wanted = set()
    for track in Track.objects.with_skills():
        template, modules, edges = _template(track, _plan_of(track, graph), skills)
        wanted.add(template.pk)
        if template.pk not in present:
            created += 1
            template.save(force_insert=True)
            Module.objects.bulk_create(modules)
            ModulePrerequisite.objects.bulk_create(edges)
        elif _brought_to(present[template.pk], template, modules, edges):
            updated += 1
        else:
            unchanged += 1
    gone = present.keys() - wanted
    Roadmap.objects.filter(pk__in=gone).delete()
    return [LoadCounts("roadmap templates", created, updated, len(gone), unchanged)]


def _ensure_platform() -> None:
    User.objects.get_or_create(
        pk=PLATFORM_ID,
        defaults={
            "email": "[skillbridge]",
            "handle": "[skillbridge]",
            "display_name": "SkillBridge",
            "password": "!",
            "role": Role.LEARNER,
            "is_active": False,
            "email_confirmed_at": timezone.now(),
        },
    )


def _plan_of(track: Track, graph: SkillGraph) -> Plan:
    targets = tuple(
        Target(each.skill.slug, each.level)
        for each in sorted(track.track_skills.all(), key=lambda each: each.skill.slug)
    )
    weeks_needed = plan(graph, PlanRequest(targets, {}, HOURS_PER_WEEK, 1)).weeks_needed
    return plan(graph, PlanRequest(targets, {}, HOURS_PER_WEEK, min(weeks_needed, MOST_WEEKS)))


def _template(
    track: Track, planned: Plan, skills: dict[str, UUID]
) -> tuple[Roadmap, list[Module], list[ModulePrerequisite]]:
    roadmap = Roadmap(
        pk=uuid5(PLATFORM_ID, track.slug),
        owner_id=PLATFORM_ID,
        title=track.name,
        goal_text=track.description,
        track=track,
        status=RoadmapStatus.READY,
        visibility=Visibility.PUBLIC,
        hours_per_week=HOURS_PER_WEEK,
        weeks=min(planned.weeks_needed, MOST_WEEKS),
        started_on=BEGINNING,
        plan_summary=summary_of(planned),
    )
    modules = [
        Module(
            pk=uuid5(roadmap.pk, f"{each.skill} {each.from_level} {each.to_level} {each.part}"),
            roadmap=roadmap,
            position=position,
            title=each.title,
            description=each.description,
            skill_id=skills[each.skill],
            from_level=each.from_level,
            to_level=each.to_level,
            weight=each.minutes,
            estimated_minutes=each.minutes,
            starts_week=each.starts_week,
            ends_week=each.ends_week,
            milestone=each.milestone,
        )
        for position, each in enumerate(planned.modules, start=1)
    ]
    edges = [
        ModulePrerequisite(module=module, requires=modules[place])
        for module, each in zip(modules, planned.modules, strict=True)
        for place in each.requires
    ]
    return roadmap, modules, edges


def _brought_to(present: Roadmap, template: Roadmap, modules: list[Module], edges: list[ModulePrerequisite]) -> bool:
    """Whether anything had to be written for the roadmap to be like the template."""
    there = {each.pk: each for each in Module.objects.filter(roadmap=present)}
    changed = [each for each in modules if each.pk in there and _differs(there[each.pk], each, _MODULE_FIELDS)]
    new = [each for each in modules if each.pk not in there]
    gone = there.keys() - {each.pk for each in modules}
    former = set(ModulePrerequisite.objects.filter(module__roadmap=present).values_list("module_id", "requires_id"))
    named = {(each.module_id, each.requires_id): each for each in edges}
    is_other = _differs(present, template, _ROADMAP_FIELDS)
    if is_other:
        for field in _ROADMAP_FIELDS:
            setattr(present, field, getattr(template, field))
        present.save(update_fields=[*_ROADMAP_FIELDS, "updated_at"])
    Module.objects.filter(pk__in=gone).delete()
    now = timezone.now()
    for each in changed:
        each.updated_at = now
    Module.objects.bulk_update(changed, [*_MODULE_FIELDS, "updated_at"])
    Module.objects.bulk_create(new)
    kept = former & named.keys()
    for module, requires in former - kept:
        ModulePrerequisite.objects.filter(module=module, requires=requires).delete()
    ModulePrerequisite.objects.bulk_create(edge for key, edge in named.items() if key not in kept)
    return bool(is_other or changed or new or gone or former != named.keys())


def _differs(one: Any, other: Any, fields: Iterable[str]) -> bool:
    return any(getattr(one, field) != getattr(other, field) for field in fields)
