"""What holds for every plan, over random skill graphs and learners, and for some that people will meet."""

from dataclasses import replace
from graphlib import CycleError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmaps.planner import (
    LARGEST_MODULE_MINUTES,
    Droppable,
    Plan,
    PlanRequest,
    SkillGraph,
    SkillNode,
    Target,
    levels_to_reach,
    plan,
)


@st.composite
def graphs(draw: st.DrawFn) -> SkillGraph:
    """Up to 12 skills; each requires some of those before it, so there is no circle."""
    names = [f"s{number:02}" for number in range(draw(st.integers(1, 12)))]
    nodes = {}
    for place, name in enumerate(names):
        requires = draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3)) if place else []
        minutes = draw(st.sampled_from([120, 240, 300, 480, 720, 900, 1200]))
        nodes[name] = SkillNode(name, name.upper(), minutes, tuple(requires))
    return nodes


@st.composite
def situations(draw: st.DrawFn) -> tuple[SkillGraph, PlanRequest]:
    """A graph and a learner who wants something of it."""
    graph = draw(graphs())
    wanted = draw(st.dictionaries(st.sampled_from(sorted(graph)), st.integers(1, 5), min_size=1))
    named = draw(st.sets(st.sampled_from(sorted(wanted))))
    known = draw(st.dictionaries(st.sampled_from(sorted(graph)), st.integers(0, 5)))
    targets = tuple(Target(skill, level, is_named=skill in named) for skill, level in wanted.items())
    hours, weeks, refresh_below = draw(st.integers(1, 80)), draw(st.integers(1, 104)), draw(st.integers(0, 5))
    return graph, PlanRequest(targets, known, hours, weeks, refresh_below)


@settings(max_examples=400)
@given(situations())
def test_no_module_comes_before_its_prerequisite(situation: tuple[SkillGraph, PlanRequest]) -> None:
    graph, request = situation
    needed = levels_to_reach(graph, request.targets, request.known)
    reached = dict(request.known)
    for place, module in enumerate(plan(graph, request).modules):
        assert all(required < place for required in module.requires)
        if module.is_refresher:
            continue
        groundwork = 2 if needed[module.skill] >= 3 else 1
        for required in graph[module.skill].requires:
            assert reached.get(required, 0) >= groundwork
        if module.part == module.parts:
            reached[module.skill] = module.to_level


@settings(max_examples=400)
@given(situations())
def test_every_wanted_skill_is_reached_and_nothing_is_taught_twice(situation: tuple[SkillGraph, PlanRequest]) -> None:
    graph, request = situation
    level = dict(request.known)
    parts: dict[str, int] = {}
    for module in plan(graph, request).modules:
        assert module.from_level == level.get(module.skill, 0), "it begins where the learner stands"
        assert module.part == parts.get(module.skill, 0) + 1
        parts[module.skill] = module.part % module.parts
        if module.part == module.parts:
            level[module.skill] = module.to_level
    for target in request.targets:
        assert level.get(target.skill, 0) >= target.level
    for skill, needed in levels_to_reach(graph, request.targets, request.known).items():
        assert level[skill] == needed
        for required in graph[skill].requires:
            assert level.get(required, 0) >= (2 if needed >= 3 else 1)


@settings(max_examples=400)
@given(situations())
def test_no_run_of_weeks_holds_more_than_its_hours(situation: tuple[SkillGraph, PlanRequest]) -> None:
    graph, request = situation
    modules = plan(graph, request).modules
    for first in modules:
        for last in modules:
            inside = [m for m in modules if first.starts_week <= m.starts_week and m.ends_week <= last.ends_week]
            weeks = last.ends_week - first.starts_week + 1
            if weeks > 0:
                assert sum(module.minutes for module in inside) <= weeks * request.minutes_per_week
    for module in modules:
        assert 1 <= module.starts_week <= module.ends_week
        assert 1 <= module.minutes <= LARGEST_MODULE_MINUTES


@settings(max_examples=300)
@given(situations(), st.randoms())
def test_same_request_gives_the_same_plan_in_whatever_order_it_is_written(
    situation: tuple[SkillGraph, PlanRequest], chance: object
) -> None:
    graph, request = situation
    turned = replace(
        request, targets=tuple(reversed(request.targets)), known=dict(reversed(list(request.known.items())))
    )
    assert plan(dict(reversed(list(graph.items()))), turned) == plan(graph, request)


@settings(max_examples=400)
@given(situations(), st.data())
def test_knowing_more_never_gives_a_longer_plan(situation: tuple[SkillGraph, PlanRequest], data: st.DataObject) -> None:
    graph, request = situation
    skill = data.draw(st.sampled_from(sorted(graph)))
    known = dict(request.known)
    known[skill] = data.draw(st.integers(known.get(skill, 0), 5))
    before, after = plan(graph, request), plan(graph, replace(request, known=known))
    assert after.total_minutes <= before.total_minutes
    assert after.weeks_needed <= before.weeks_needed
    assert len(after.modules) <= len(before.modules)


@settings(max_examples=300)
@given(situations())
def test_plan_that_does_not_fit_says_by_how_much_and_keeps_everything(
    situation: tuple[SkillGraph, PlanRequest],
) -> None:
    graph, request = situation
    made = plan(graph, request)
    budget = request.minutes_per_week * request.weeks
    assert made.total_minutes == sum(module.minutes for module in made.modules)
    assert made.shortfall_minutes == max(0, made.total_minutes - budget)
    assert made.fits == (made.shortfall_minutes == 0) == (made.weeks_needed <= request.weeks)
    assert plan(graph, replace(request, hours_per_week=max(1, made.hours_per_week_needed))).fits or made.fits
    named = {target.skill for target in request.targets if target.is_named}
    assert not named & {each.skill for each in made.could_drop}
    if made.could_drop and made.fits_after_dropping:
        dropped = {each.skill for each in made.could_drop}
        rest = tuple(target for target in request.targets if target.skill not in dropped)
        assert plan(graph, replace(request, targets=rest)).fits


CATALOGUE = {
    "web": SkillNode("web", "Web", 300),
    "python": SkillNode("python", "Python", 720, ("web",), "Write programs."),
    "django": SkillNode("django", "Django", 900, ("python",)),
    "git": SkillNode("git", "Git", 120),
}


def made(targets: dict[str, int], known: dict[str, int] | None = None, weeks: int = 20, named: str = "") -> Plan:
    wanted = tuple(Target(skill, level, is_named=skill == named) for skill, level in targets.items())
    return plan(CATALOGUE, PlanRequest(wanted, known or {}, 6, weeks))


def test_missing_prerequisites_come_at_the_level_that_is_needed() -> None:
    assert levels_to_reach(CATALOGUE, [Target("django", 3)], {}) == {"django": 3, "python": 2, "web": 1}
    assert levels_to_reach(CATALOGUE, [Target("django", 2)], {}) == {"django": 2, "python": 1, "web": 1}


def test_who_knows_a_skill_is_not_taught_what_it_rests_on() -> None:
    assert levels_to_reach(CATALOGUE, [Target("django", 3)], {"python": 2}) == {"django": 3}
    assert made({"python": 2}, {"python": 2}).modules == ()


def test_gap_in_levels_is_what_is_taught() -> None:
    (module,) = made({"python": 3}, {"python": 2, "web": 2}).modules
    assert (module.from_level, module.to_level, module.minutes) == (2, 3, 720)
    assert module.title == "Python: working on your own"
    assert module.description == ("From simple work with help to ordinary tasks on your own. Write programs.")


def test_level_longer_than_a_module_comes_in_parts() -> None:
    parts = made({"django": 1}, {"python": 1}).modules
    assert [(m.title, m.minutes) for m in parts] == [
        ("Django: first steps (part 1 of 2)", 450),
        ("Django: first steps (part 2 of 2)", 450),
    ]
    assert parts[1].requires == (0,)


def test_short_levels_are_taken_together() -> None:
    (module,) = made({"git": 5}).modules
    assert (module.from_level, module.to_level, module.minutes) == (0, 5, 600)


def test_groundwork_of_all_comes_before_the_depth_of_any() -> None:
    titles = [module.title for module in made({"python": 4, "web": 2}).modules]
    assert titles == ["Web: foundations", "Python: first steps", "Python: foundations", "Python: working on your own",
                      "Python: hard problems"]  # fmt: skip


def test_what_is_known_a_little_comes_back_as_a_short_refresher_where_it_is_wanted() -> None:
    wanted = PlanRequest((Target("django", 3),), {"python": 2, "git": 2}, 6, 20, refresh_below=3)
    first, *rest = plan(CATALOGUE, wanted).modules
    assert (first.title, first.from_level, first.to_level, first.minutes) == ("Python: refresher", 2, 2, 144)
    assert rest[0].requires == (0,)
    assert {module.skill for module in rest} == {"django"}, "git is not wanted, and nothing wanted rests on it"
    assert plan(CATALOGUE, replace(wanted, known={"python": 3})).modules[0].skill == "django"


def test_milestones_say_what_is_reached_and_where() -> None:
    plans = made({"python": 4, "web": 2, "git": 1}, named="python")
    assert [module.milestone for module in plans.modules if module.milestone] == [
        "The groundwork is laid", "The goal is reached",
    ]  # fmt: skip
    assert plans.modules[-1].milestone == "The goal is reached"
    skills = made({"web": 3, "git": 1, "python": 4}, {"web": 2}).modules
    assert [(m.skill, m.milestone) for m in skills if m.milestone] == [
        ("web", "Web: ordinary tasks on your own"),
        ("git", "Git: following what others do"),
        ("python", "The goal is reached"),
    ]


@settings(max_examples=300)
@given(situations())
def test_what_is_known_is_left_out_or_a_refresher(situation: tuple[SkillGraph, PlanRequest]) -> None:
    graph, request = situation
    modules = plan(graph, request).modules
    refreshed = [module.skill for module in modules if module.is_refresher]
    assert len(refreshed) == len(set(refreshed))
    for module in modules:
        known = request.known.get(module.skill, 0)
        if module.is_refresher:
            assert 0 < known == module.to_level < request.refresh_below
            assert module.minutes <= graph[module.skill].minutes_per_level
        else:
            assert module.to_level > known
    assert not modules or modules[-1].milestone == "The goal is reached"


def test_what_leads_to_a_named_skill_comes_first() -> None:
    assert made({"git": 1, "python": 1}, named="python").modules[0].skill == "web"
    assert made({"git": 1, "python": 1}, named="git").modules[0].skill == "git"


def test_too_little_time_names_what_could_be_left_out() -> None:
    short = made({"git": 1, "python": 2}, weeks=1, named="python")
    assert (short.total_minutes, short.weeks_needed, short.shortfall_minutes, short.shortfall_weeks) == (
        1860,
        6,
        1500,
        5,
    )
    assert short.could_drop == (Droppable("git", 120),)
    assert not short.fits_after_dropping
    assert short.hours_per_week_needed == 31


def test_unknown_skill_and_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="no 'cobol'"):
        made({"cobol": 1})
    circle = {"a": SkillNode("a", "A", 100, ("b",)), "b": SkillNode("b", "B", 100, ("a",))}
    with pytest.raises(CycleError):
        plan(circle, PlanRequest((Target("a", 1),), {}, 6, 10))
