"""A plan written into a roadmap: as its first modules, in place of those not begun, or in place of one.

Ids and progress stay. The caller has locked the roadmap, and saves it.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from roadmaps.enums import ModuleStatus, VersionReason
from roadmaps.models import Generation, Module, ModulePrerequisite, Roadmap
from roadmaps.planner import Plan, PlannedModule
from roadmaps.services.contents import BEGUN
from roadmaps.services.module_links import put_links
from roadmaps.services.pace import lay_out
from roadmaps.services.versions import keep_version
from users.models import Skill, Track

WORDS_KEPT = "You changed this module meanwhile; your words stay."


def write_modules(roadmap: Roadmap, plan: Plan) -> None:
    """The plan's modules, in a roadmap that has none."""
    skills = _skills_of(plan)
    modules = Module.objects.bulk_create(
        _with_plan(Module(roadmap=roadmap, position=position), planned, skills)
        for position, planned in enumerate(plan.modules, start=1)
    )
    _write_edges(modules, plan)
    put_links(zip(modules, plan.modules, strict=True))


def put_module(generation: Generation, planned: PlannedModule) -> None:
    """The words, minutes and links of one module, unless the learner has changed or finished it meanwhile.

    Its weight follows the minutes where it did so before.
    """
    module = Module.objects.present().select_for_update(of=("self",)).filter(generations=generation).first()
    ((title, description),) = generation.input["current"]
    if module is None or module.status == ModuleStatus.COMPLETED:
        return
    if (module.title, module.description) != (title, description):
        generation.faults = [{"title": module.title, "reason": WORDS_KEPT}]
        return
    keep_version(generation.roadmap, VersionReason.REGENERATED)
    if module.weight == module.estimated_minutes:
        module.weight = planned.minutes
    module.title, module.description, module.estimated_minutes = planned.title, planned.description, planned.minutes
    module.save(update_fields=["title", "description", "weight", "estimated_minutes", "updated_at"])
    put_links([(module, planned)])
    lay_out(generation.roadmap)


def put_rest(roadmap: Roadmap, plan: Plan, *, asked: Mapping[str, Any]) -> None:
    """The plan's modules in place of those that are not begun.

    What is begun, completed or skipped stays as it is, and so does what the learner wrote by hand (modules about no
    skill of the catalogue). A module that is not begun and takes the same skill between the same levels keeps its id,
    with its notes; one that is no longer needed is removed. `asked` are the goal, its meaning and the wishes that the
    roadmap has from now on.
    """
    keep_version(roadmap, VersionReason.REGENERATED)
    for field in ("goal_text", "understood", "wishes"):
        setattr(roadmap, field, asked.get(field, getattr(roadmap, field)))
    if "understood" in asked:
        roadmap.track = Track.objects.filter(slug=asked["understood"].get("track", "")).first()
    modules = list(Module.objects.select_for_update().filter(roadmap=roadmap).order_by("position"))
    removed = [each for each in modules if each.status == ModuleStatus.REMOVED]
    # A level that is taught in several parts is begun with the first of them.
    begun_levels = {_level(each) for each in modules if each.status in BEGUN}
    begun = [each for each in modules if each not in removed and _level(each) in begun_levels]
    pending = [each for each in modules if each not in removed and each not in begun]
    waiting = [each for each in pending if each.skill_id is not None]
    by_hand = [each for each in pending if each.skill_id is None]

    reusable: defaultdict[tuple[UUID | None, int, int], list[Module]] = defaultdict(list)
    for each in waiting:
        reusable[each.skill_id, each.from_level, each.to_level].append(each)
    skills = _skills_of(plan)
    planned_modules: list[Module] = []
    reused: list[Module] = []
    new: list[Module] = []
    for planned in plan.modules:
        there = reusable[skills[planned.skill].pk, planned.from_level, planned.to_level]
        module = _with_plan(there.pop(0) if there else Module(roadmap=roadmap), planned, skills)
        (reused if module in waiting else new).append(module)
        planned_modules.append(module)
    gone = [each for left in reusable.values() for each in left]
    for each in gone:
        each.status = ModuleStatus.REMOVED
    for position, each in enumerate([*begun, *planned_modules, *by_hand, *removed, *gone], start=1):
        each.position = position
    Module.objects.bulk_update([*begun, *by_hand, *removed], ["position"])
    Module.objects.bulk_update(gone, ["position", "status"])
    Module.objects.bulk_update(
        reused,
        ["position", "title", "description", "weight", "estimated_minutes", "starts_week", "ends_week", "milestone"],
    )
    Module.objects.bulk_create(new)
    ModulePrerequisite.objects.filter(module__in=reused).delete()
    _write_edges(planned_modules, plan)
    put_links(zip(planned_modules, plan.modules, strict=True))
    lay_out(roadmap)


def _level(module: Module) -> tuple[Any, int, int]:
    """What a module belongs to: a step between levels of a skill; one about no skill stands for itself."""
    return module.skill_id or module.pk, module.from_level, module.to_level


def _with_plan(module: Module, planned: PlannedModule, skills: Mapping[str, Skill]) -> Module:
    module.title, module.description = planned.title, planned.description
    module.skill = skills[planned.skill]
    module.from_level, module.to_level = planned.from_level, planned.to_level
    module.weight = module.estimated_minutes = planned.minutes
    module.starts_week, module.ends_week = planned.starts_week, planned.ends_week
    module.milestone = planned.milestone
    return module


def _write_edges(modules: list[Module], plan: Plan) -> None:
    ModulePrerequisite.objects.bulk_create(
        ModulePrerequisite(module=module, requires=modules[place])
        for module, planned in zip(modules, plan.modules, strict=True)
        for place in planned.requires
    )


def _skills_of(plan: Plan) -> dict[str, Skill]:
    return {skill.slug: skill for skill in Skill.objects.filter(slug__in={each.skill for each in plan.modules})}
