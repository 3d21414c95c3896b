"""A plan written into a roadmap: as its first modules, in place of those not begun, or in place of one.

Ids and progress stay. The caller has locked the roadmap, and saves it.
"""

from collections import defaultdict
from collections.abc import Container, Mapping
from typing import Any
from uuid import UUID

from roadmaps.enums import ModuleStatus, VersionReason
from roadmaps.models import Generation, Module, ModulePrerequisite, Roadmap
from roadmaps.pace import weeks_within_reach
from roadmaps.planner import Plan, PlannedModule
from roadmaps.services.contents import BEGUN
from roadmaps.services.module_links import put_links
from roadmaps.services.modules import reachable
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

    What is begun, completed or skipped stays as it is, and takes the place of what is planned for the same levels; so
    does what the learner wrote by hand. A module that is not begun and takes the same skill between the same levels
    keeps its id, with its notes; one that is no longer needed is removed. `asked` are the goal, its meaning and the
    wishes that the roadmap has from now on.
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
    by_hand = [each for each in pending if each.is_own or each.skill_id is None]
    waiting = [each for each in pending if each not in by_hand]
    taken = {_level(each): each for each in (*by_hand, *begun)}

    reusable: defaultdict[tuple[UUID | None, int, int], list[Module]] = defaultdict(list)
    for each in waiting:
        reusable[each.skill_id, each.from_level, each.to_level].append(each)
    skills = _skills_of(plan)
    planned_modules: list[Module] = []
    reused: list[Module] = []
    new: list[Module] = []
    for planned in plan.modules:
        level = skills[planned.skill].pk, planned.from_level, planned.to_level
        module = taken.get(level)
        if module is None:
            module = _with_plan(reusable[level].pop(0) if reusable[level] else Module(roadmap=roadmap), planned, skills)
            (reused if module in waiting else new).append(module)
        planned_modules.append(module)
    written = {module.pk for module in (*reused, *new)}
    gone = [each for left in reusable.values() for each in left]
    for each in gone:
        each.status = ModuleStatus.REMOVED
    in_order = [each for each in planned_modules if each.pk in written]
    for position, each in enumerate([*begun, *in_order, *by_hand, *removed, *gone], start=1):
        each.position = position
    Module.objects.bulk_update([*begun, *by_hand, *removed], ["position"])
    Module.objects.write(gone, ["position", "status"])
    Module.objects.write(
        reused,
        ["position", "title", "description", "weight", "estimated_minutes", "starts_week", "ends_week", "milestone"],
    )
    Module.objects.bulk_create(new)
    ModulePrerequisite.objects.filter(module__in=reused).delete()
    _write_missing_edges(roadmap, planned_modules, plan, of=written)
    pairs = zip(planned_modules, plan.modules, strict=True)
    put_links((module, planned) for module, planned in pairs if module.pk in written)
    lay_out(roadmap)


def _level(module: Module) -> tuple[Any, int, int]:
    """What a module belongs to: a step between levels of a skill; one about no skill stands for itself."""
    return module.skill_id or module.pk, module.from_level, module.to_level


def _with_plan(module: Module, planned: PlannedModule, skills: Mapping[str, Skill]) -> Module:
    module.title, module.description = planned.title, planned.description
    module.skill = skills[planned.skill]
    module.from_level, module.to_level = planned.from_level, planned.to_level
    module.weight = module.estimated_minutes = planned.minutes
    module.starts_week, module.ends_week = weeks_within_reach(planned.starts_week, planned.ends_week)
    module.milestone = planned.milestone
    return module


def _write_edges(modules: list[Module], plan: Plan) -> None:
    _write(_edges(modules, plan))


def _write_missing_edges(roadmap: Roadmap, modules: list[Module], plan: Plan, *, of: Container[UUID]) -> None:
    """What these modules (ids) require by the plan, but for what the learner has made to rest on them."""
    there = list(ModulePrerequisite.objects.filter(module__roadmap=roadmap).values_list("module_id", "requires_id"))
    planned = [edge for edge in _edges(modules, plan) if edge[0] in of]
    kept = [edge for edge in planned if edge[1] in of]
    for module, required in planned:
        if required not in of and module not in reachable({required}, [*there, *kept]):
            kept.append((module, required))
    _write(kept)


def _edges(modules: list[Module], plan: Plan) -> list[tuple[UUID, UUID]]:
    """Module and what it requires, each pair once."""
    pairs = (
        (module.pk, modules[place].pk)
        for module, planned in zip(modules, plan.modules, strict=True)
        for place in planned.requires
    )
    return list(dict.fromkeys(pairs))


def _write(edges: list[tuple[UUID, UUID]]) -> None:
    ModulePrerequisite.objects.bulk_create(
        ModulePrerequisite(module_id=module, requires_id=required) for module, required in edges
    )


def _skills_of(plan: Plan) -> dict[str, Skill]:
    return {skill.slug: skill for skill in Skill.objects.filter(slug__in={each.skill for each in plan.modules})}
