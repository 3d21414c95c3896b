"""The weeks of a roadmap laid out anew: what is left, from this week on, with the hours there are."""

from math import ceil

from roadmaps.enums import ModuleStatus
from roadmaps.models import Module, Roadmap
from roadmaps.pace import week_of, weeks_within_reach
from roadmaps.planner import PlanRequest, Target, could_drop
from roadmaps.services.goal_catalogue import skill_graph
from roadmaps.services.known_skills import known_levels
from users.zones import today_of

LEFT = frozenset({ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS})


def lay_out(roadmap: Roadmap) -> None:
    """Give every module that is left its weeks, in order, and write into `plan_summary` how that fits.

    Modules that are completed or skipped keep theirs. Saves the modules, not the roadmap, which the caller has locked.
    Nothing happens to a roadmap without modules.
    """
    modules = list(Module.objects.present().filter(roadmap=roadmap).order_by("position"))
    if not modules:
        return
    per_week = roadmap.hours_per_week * 60
    first_week = week_of(today_of(roadmap.owner_id), started_on=roadmap.started_on)
    begun = (first_week - 1) * per_week
    left = [module for module in modules if module.status in LEFT]
    moved = []
    for module in left:
        ends = begun + module.estimated_minutes
        weeks = weeks_within_reach(begun // per_week + 1, ceil(ends / per_week))
        if weeks != (module.starts_week, module.ends_week):
            module.starts_week, module.ends_week = weeks
            moved.append(module)
        begun = ends
    Module.objects.write(moved, ["starts_week", "ends_week"])
    minutes_left = sum(module.estimated_minutes for module in left)
    weeks_left = max(0, roadmap.weeks - first_week + 1)
    shortfall = max(0, minutes_left - weeks_left * per_week)
    ended = [module.ends_week or 0 for module in modules if module.status not in LEFT]
    weeks_needed = max([*ended, ceil(begun / per_week) if left else 0])
    droppable = could_drop(skill_graph(), _request(roadmap, modules), shortfall) if shortfall else ()
    roadmap.plan_summary = {
        "total_minutes": sum(module.estimated_minutes for module in modules),
        "weeks_needed": weeks_needed,
        "fits": shortfall == 0,
        "shortfall_minutes": shortfall,
        "shortfall_weeks": max(0, weeks_needed - roadmap.weeks) if left else 0,
        "hours_per_week_needed": ceil(minutes_left / 60 / weeks_left) if weeks_left else 0,
        "could_drop": [{"skill": each.skill, "minutes": each.minutes} for each in droppable],
        "fits_after_dropping": sum(each.minutes for each in droppable) >= shortfall,
    }


def _request(roadmap: Roadmap, modules: list[Module]) -> PlanRequest:
    """What is still wanted: the targets that the goal was taken to mean, less what is known or completed by now."""
    left = {module.skill_id for module in modules if module.status in LEFT}
    known = known_levels(roadmap.owner_id) | roadmap.wishes.get("known", {})
    for module in Module.objects.filter(roadmap=roadmap, status=ModuleStatus.COMPLETED).select_related("skill"):
        if module.skill is not None and module.skill_id not in left:
            known[module.skill.slug] = max(known.get(module.skill.slug, 0), module.to_level)
    targets = tuple(
        Target(each["skill"], each["level"], each["is_named"]) for each in roadmap.understood.get("targets", ())
    )
    return PlanRequest(targets, known, roadmap.hours_per_week, roadmap.weeks)
