"""The built-in planner: the missing part of the skill graph, in order, in modules that fit the learner's weeks.

Pure: no database, no clock, no chance, so equal requests get equal plans. What a goal means is decided before
(`goals.py`); who words the modules is decided after (`model_planner.py`). Levels are those of the catalogue, 0 to 5.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from math import ceil
from typing import NamedTuple

LARGEST_MODULE_MINUTES = 720
"""About twelve hours: what one can finish in two weeks beside work, so that there is something to tick off."""

FOUNDATION_LEVEL = 2
"""Up to here a module is groundwork. Groundwork of all skills comes before the depth of any, where order allows."""

MOST_SKILL_MILESTONES = 6
"""More would mark every other module; the ground that is laid and the goal itself are marked besides."""

REFRESHER_SHARE = 5
"""A refresher takes this part of what a level takes, at least LEAST_REFRESHER_MINUTES, never more than the level."""
LEAST_REFRESHER_MINUTES = 30

_AIM = {
    1: "first steps",
    2: "foundations",
    3: "working on your own",
    4: "hard problems",
    5: "leading others",
}
_MEANING = {
    0: "nothing yet",
    1: "following what others do",
    2: "simple work with help",
    3: "ordinary tasks on your own",
    4: "hard problems and reviews",
    5: "shaping how others do it",
}
_HIGHEST_LEVEL = max(_MEANING)


@dataclass(frozen=True, slots=True)
class SkillNode:
    """A skill of the graph: what it builds on, and the minutes of study for one level."""

    slug: str
    name: str
    minutes_per_level: int
    requires: tuple[str, ...] = ()
    description: str = ""


SkillGraph = Mapping[str, SkillNode]


@dataclass(frozen=True, slots=True)
class Target:
    """A skill to reach and its level (1 to 5). `is_named`: the learner asked for this one, not only for its track."""

    skill: str
    level: int
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan is made from. `known` maps skills to levels; what is absent is not known at all.

    What is known well enough is left out, or kept as a short refresher where its level is below `refresh_below` (0 to
    5; 0: no refreshers).
    """

    targets: tuple[Target, ...]
    known: Mapping[str, int]
    hours_per_week: int
    weeks: int
    refresh_below: int = 0

    @property
    def minutes_per_week(self) -> int:
        """The budget of a week."""
        return self.hours_per_week * 60


class PlannedLink(NamedTuple):
    """A page to learn from, as a model named it. `checked_at` is when it answered, at `final_url`; None: not asked."""

    title: str
    url: str
    final_url: str = ""
    checked_at: datetime | None = None


class PlannedModule(NamedTuple):
    """A step: a skill from one level to another, one part of such a step, or a refresher, which raises no level.

    `requires` are places in the plan. `milestone` says what is reached with this module, '' for most.
    """

    skill: str
    title: str
    description: str
    from_level: int
    to_level: int
    part: int
    parts: int
    minutes: int
    requires: tuple[int, ...]
    starts_week: int = 1
    ends_week: int = 1
    milestone: str = ""
    links: tuple[PlannedLink, ...] = ()

    @property
    def is_refresher(self) -> bool:
        """True when it brings back what is known."""
        return self.from_level == self.to_level


@dataclass(frozen=True, slots=True)
class Droppable:
    """A wanted skill whose absence would save this many minutes, given that those listed before it are dropped too."""

    skill: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Modules in order, and how they fit. Weeks are counted from 1; a plan that does not fit runs past the last one."""

    modules: tuple[PlannedModule, ...]
    total_minutes: int
    weeks_needed: int
    shortfall_minutes: int
    shortfall_weeks: int
    hours_per_week_needed: int
    could_drop: tuple[Droppable, ...]
    fits_after_dropping: bool

    @property
    def fits(self) -> bool:
        """True when the last module ends within the weeks asked for."""
        return self.shortfall_minutes == 0


def plan(graph: SkillGraph, request: PlanRequest) -> Plan:
    """The plan for this request; nothing is squeezed and nothing dropped when it does not fit, it says so instead.

    Raises ValueError for a skill that the graph does not have, `graphlib.CycleError` for prerequisites in a circle.
    """
    named = {target.skill for target in request.targets if target.is_named}
    return fitted(graph, request, _in_order(_steps(graph, request), named))


def fitted(graph: SkillGraph, request: PlanRequest, modules: Sequence[PlannedModule]) -> Plan:
    """The modules, in this order, laid out in weeks, and how that fits the request."""
    total = sum(module.minutes for module in modules)
    shortfall = max(0, total - request.minutes_per_week * request.weeks)
    weeks_needed = ceil(total / request.minutes_per_week)
    droppable = could_drop(graph, request, shortfall) if shortfall else ()
    return Plan(
        modules=_with_milestones(graph, request, schedule(modules, request.minutes_per_week)),
        total_minutes=total,
        weeks_needed=weeks_needed,
        shortfall_minutes=shortfall,
        shortfall_weeks=max(0, weeks_needed - request.weeks),
        hours_per_week_needed=ceil(total / 60 / request.weeks),
        could_drop=droppable,
        fits_after_dropping=sum(each.minutes for each in droppable) >= shortfall,
    )


def levels_to_reach(graph: SkillGraph, targets: Sequence[Target], known: Mapping[str, int]) -> dict[str, int]:
    """For every skill that is missing something, the level to reach: the targets and what they rest on.

    A skill known well enough brings nothing with it: who works with Django need not prove Python. What a skill rests on
    is needed at level 1, and at level 2 when the skill itself is to be used without help (level 3 and up).
    """
    needed: dict[str, int] = {}
    waiting = [(target.skill, target.level) for target in targets]
    while waiting:
        skill, level = waiting.pop()
        if skill not in graph:
            raise ValueError(f"the skill graph has no {skill!r}")
        if level <= max(known.get(skill, 0), needed.get(skill, 0)):
            continue
        needed[skill] = level
        waiting += [(required, _groundwork(level)) for required in graph[skill].requires]
    return needed


def schedule(modules: Sequence[PlannedModule], minutes_per_week: int) -> tuple[PlannedModule, ...]:
    """The modules one after the other, each with the weeks it falls into; no week holds more than its minutes."""
    placed, begun = [], 0
    for module in modules:
        ended = begun + module.minutes
        placed.append(
            module._replace(starts_week=begun // minutes_per_week + 1, ends_week=ceil(ended / minutes_per_week))
        )
        begun = ended
    return tuple(placed)


def to_refresh(graph: SkillGraph, request: PlanRequest, wanted: Mapping[str, int]) -> set[str]:
    """Skills known well enough that are wanted, or that a missing one rests on, and known too little to be sure of."""
    touched = {target.skill for target in request.targets}.union(*(graph[skill].requires for skill in wanted))
    return {skill for skill in touched - wanted.keys() if 0 < request.known.get(skill, 0) < request.refresh_below}


def _steps(graph: SkillGraph, request: PlanRequest) -> list[PlannedModule]:
    """Modules of all wanted skills, prerequisites first; `requires` are places in this list."""
    wanted = levels_to_reach(graph, request.targets, request.known)
    present = wanted.keys() | to_refresh(graph, request, wanted)
    modules: list[PlannedModule] = []
    places: dict[str, list[int]] = {}
    sorter = TopologicalSorter({skill: sorted(present & set(graph[skill].requires)) for skill in sorted(present)})
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        for skill in ready:
            known = request.known.get(skill, 0)
            if skill in wanted:
                places[skill] = _add_skill(modules, graph[skill], known, wanted[skill], places)
            else:
                places[skill] = _add_refresher(modules, graph[skill], known, places)
        sorter.done(*ready)
    return modules


def _add_refresher(
    modules: list[PlannedModule], node: SkillNode, level: int, places: Mapping[str, list[int]]
) -> list[int]:
    """Append the module that brings a known skill back, after those of what it rests on, and return its place."""
    before = tuple(
        next(place for place in places[required] if _is_last(modules[place]))
        for required in sorted(places.keys() & set(node.requires))
    )
    modules.append(_refresher(node, level)._replace(requires=before))
    return [len(modules) - 1]


def _refresher(node: SkillNode, level: int) -> PlannedModule:
    return PlannedModule(
        skill=node.slug,
        title=f"{node.name}: refresher",
        description=f"You know this: {_MEANING[level]}. Try it again, and fill what is missing. {node.description}",
        from_level=level,
        to_level=level,
        part=1,
        parts=1,
        minutes=_refresher_minutes(node),
        requires=(),
    )


def _way(node: SkillNode, from_level: int, to_level: int) -> str:
    return f"From {_MEANING[from_level]} to {_MEANING[to_level]}. {node.description}".strip()


def _refresher_minutes(node: SkillNode) -> int:
    return min(node.minutes_per_level, max(LEAST_REFRESHER_MINUTES, node.minutes_per_level // REFRESHER_SHARE))


def _add_skill(
    modules: list[PlannedModule],
    node: SkillNode,
    known_level: int,
    wanted_level: int,
    places: Mapping[str, list[int]],
) -> list[int]:
    """Append the modules that close one skill's gap and return their places."""
    groundwork = _groundwork(wanted_level)
    # The first module that reaches the level needed; one that goes deeper may come later.
    before = [
        next(place for place in places[required] if modules[place].to_level >= groundwork and _is_last(modules[place]))
        for required in sorted(places.keys() & set(node.requires))
    ]
    mine: list[int] = []
    for from_level, to_level in _level_steps(known_level, wanted_level, node.minutes_per_level):
        minutes = (to_level - from_level) * node.minutes_per_level
        parts = ceil(minutes / LARGEST_MODULE_MINUTES)
        for part in range(1, parts + 1):
            title = f"{node.name}: {_AIM[to_level]}" + (f" (part {part} of {parts})" if parts > 1 else "")
            modules.append(
                PlannedModule(
                    skill=node.slug,
                    title=title,
                    description=_way(node, from_level, to_level),
                    from_level=from_level,
                    to_level=to_level,
                    part=part,
                    parts=parts,
                    minutes=minutes * part // parts - minutes * (part - 1) // parts,
                    requires=tuple(mine[-1:] or before),
                )
            )
            mine.append(len(modules) - 1)
    return mine


def module_of(node: SkillNode, *, from_level: int, to_level: int, minutes: int) -> PlannedModule:
    """A module by itself in built-in words, which takes these minutes; one without levels is about first steps."""
    if 0 < from_level == to_level:
        module = _refresher(node, from_level)
    else:
        module = PlannedModule(
            skill=node.slug,
            title=f"{node.name}: {_AIM[max(to_level, 1)]}",
            description=_way(node, from_level, max(to_level, 1)),
            from_level=from_level,
            to_level=to_level,
            part=1,
            parts=1,
            minutes=minutes,
            requires=(),
        )
    return module._replace(minutes=minutes)


def _is_last(module: PlannedModule) -> bool:
    return module.part == module.parts


def _level_steps(from_level: int, to_level: int, minutes_per_level: int) -> list[tuple[int, int]]:
    """The gap in steps of as many levels as one module holds, and of at least one."""
    size = max(1, LARGEST_MODULE_MINUTES // minutes_per_level)
    return [(low, min(low + size, to_level)) for low in range(from_level, to_level, size)]


def _in_order(modules: Sequence[PlannedModule], named: Collection[str]) -> list[PlannedModule]:
    """Prerequisites first; where that leaves a choice, by `_urgency`, then as given."""
    waits_for = [len(module.requires) for module in modules]
    unlocks: list[list[int]] = [[] for _ in modules]
    for place, module in enumerate(modules):
        for required in module.requires:
            unlocks[required].append(place)
    urgency = _urgency(modules, named)
    free = [(urgency[place], place) for place, count in enumerate(waits_for) if count == 0]
    heapq.heapify(free)
    order: list[int] = []
    while free:
        _, place = heapq.heappop(free)
        order.append(place)
        for unlocked in unlocks[place]:
            waits_for[unlocked] -= 1
            if waits_for[unlocked] == 0:
                heapq.heappush(free, (urgency[unlocked], unlocked))
    new_place = {place: index for index, place in enumerate(order)}
    return [
        modules[place]._replace(requires=tuple(sorted(new_place[each] for each in modules[place].requires)))
        for place in order
    ]


def _urgency(modules: Sequence[PlannedModule], named: Collection[str]) -> list[tuple[bool, bool, int]]:
    """For each module a rank, least first: groundwork, then what leads to a named skill, then what opens most others.

    `modules` come prerequisites first. A module passes its own rank on to what it rests on.
    """
    is_depth = [module.to_level > FOUNDATION_LEVEL and not module.is_refresher for module in modules]
    is_aside = [module.skill not in named for module in modules]
    opens = [0] * len(modules)  # bit sets: bit n for module n
    for place in reversed(range(len(modules))):
        for required in modules[place].requires:
            is_depth[required] = is_depth[required] and is_depth[place]
            is_aside[required] = is_aside[required] and is_aside[place]
            opens[required] |= opens[place] | 1 << place
    return [(is_depth[place], is_aside[place], -opens[place].bit_count()) for place in range(len(modules))]


def could_drop(graph: SkillGraph, request: PlanRequest, shortfall: int) -> tuple[Droppable, ...]:
    """Skills to leave out until the rest fits, lowest level first; never one that the learner named."""
    needs = _Needs(graph, request)
    enough = needs.minutes - shortfall
    kept = set(request.targets)
    candidates = sorted((each for each in kept if not each.is_named), key=lambda each: (each.level, each.skill))
    dropped: list[Droppable] = []
    # Twice: what another target rests on saves nothing until that one is dropped.
    for target in [*candidates, *candidates]:
        if needs.minutes <= enough or target not in kept:
            continue
        before = needs.minutes
        needs.change(target, -1)
        if needs.minutes < before:
            dropped.append(Droppable(target.skill, before - needs.minutes))
            kept.remove(target)
        else:
            needs.change(target, +1)
    return tuple(dropped)


class _Needs:
    """What `levels_to_reach` and `to_refresh` say of a request, and its minutes, while targets come and go.

    Each change touches only what rests on the target, so trying all of them costs about as much as one plan.
    """

    def __init__(self, graph: SkillGraph, request: PlanRequest) -> None:
        self.minutes = 0
        self._graph = graph
        self._known = request.known
        self._refresh_below = request.refresh_below
        # For each skill: how many targets and needed skills ask for each level, the highest beyond what is known (0:
        # it is not needed), and how many touch it at all.
        self._asked = {skill: [0] * (_HIGHEST_LEVEL + 1) for skill in graph}
        self._levels = dict.fromkeys(graph, 0)
        self._touched = dict.fromkeys(graph, 0)
        for target in set(request.targets):
            self.change(target, +1)

    def change(self, target: Target, count: int) -> None:
        """The target comes (+1) or goes (-1)."""
        waiting = [(target.skill, target.level, count)]
        while waiting:
            skill, level, by = waiting.pop()
            asked, before = self._asked[skill], self._levels[skill]
            self.minutes -= self._minutes_of(skill)
            asked[level] += by
            self._touched[skill] += by
            after = before
            if level >= before:
                known = self._known.get(skill, 0)
                after = next((each for each in range(_HIGHEST_LEVEL, known, -1) if asked[each]), 0)
                self._levels[skill] = after
            self.minutes += self._minutes_of(skill)
            if (gone := _groundwork(before)) != (wanted := _groundwork(after)):
                for required in self._graph[skill].requires:
                    if wanted:
                        waiting.append((required, wanted, +1))
                    if gone:
                        waiting.append((required, gone, -1))

    def _minutes_of(self, skill: str) -> int:
        if level := self._levels[skill]:
            return (level - self._known.get(skill, 0)) * self._graph[skill].minutes_per_level
        is_refreshed = self._touched[skill] and 0 < self._known.get(skill, 0) < self._refresh_below
        return _refresher_minutes(self._graph[skill]) if is_refreshed else 0


def _groundwork(level: int) -> int:
    """The level at which a skill needs what it rests on; 0 for one that is not needed itself."""
    return 0 if level == 0 else 2 if level >= 3 else 1


def _with_milestones(
    graph: SkillGraph, request: PlanRequest, modules: Sequence[PlannedModule]
) -> tuple[PlannedModule, ...]:
    """The modules, marked where the groundwork is laid, where a skill asked for is reached, and where the goal is.

    Skills asked for are those that the goal names; where it names none, those that it wants at the highest level.
    """
    if not modules:
        return ()
    last_of = {module.skill: place for place, module in enumerate(modules)}
    reached = [target for target in request.targets if target.skill in last_of]
    asked = [each for each in reached if each.is_named] or reached
    asked.sort(key=lambda each: (-each.level, -graph[each.skill].minutes_per_level, each.skill))
    is_groundwork = [module.to_level <= FOUNDATION_LEVEL or module.is_refresher for module in modules]
    marks: dict[int, str] = {}
    if any(is_groundwork) and not all(is_groundwork):
        marks[max(place for place, is_laid in enumerate(is_groundwork) if is_laid)] = "The groundwork is laid"
    for target in asked[:MOST_SKILL_MILESTONES]:
        marks[last_of[target.skill]] = f"{graph[target.skill].name}: {_MEANING[target.level]}"
    marks[len(modules) - 1] = "The goal is reached"
    return tuple(
        module._replace(milestone=marks[place]) if place in marks else module for place, module in enumerate(modules)
    )
