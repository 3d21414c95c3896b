"""A three-way merge keeps what the learner wrote and began, and takes what upstream changed beside it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roadmaps.content import PARTS, Content, ModuleContent, difference, part
from roadmaps.enums import Side
from roadmaps.merging import MERGED_PARTS, Merge, merge

many = settings(max_examples=200, deadline=None)


def module(key: str, **fields: Any) -> ModuleContent:
    plain: dict[str, Any] = {"id": key, "title": f"Module {key}", "estimated_minutes": 60, "weight": 60}
    return ModuleContent(**plain | fields)


def content(*modules: ModuleContent) -> Content:
    return Content({}, modules)


A, B, C = module("a"), module("b", requires=frozenset("a")), module("c", requires=frozenset("b"))
BASE = content(A, B, C)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    ids = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
    return content(*(module(key, requires=frozenset(_some(draw, ids[:place]))) for place, key in enumerate(ids)))


def _some(draw: st.DrawFn, ids: list[str]) -> set[str]:
    return draw(st.sets(st.sampled_from(ids), max_size=3)) if ids else set()


@st.composite
def edited(draw: st.DrawFn, start: Content, new_ids: str) -> Content:
    """`start` after some edits of the kinds that the API offers; prerequisites stay without circles."""
    modules = list(start.modules)
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["text", "level", "minutes", "add", "remove", "move", "requires"]))
        if kind == "add":
            if fresh := [key for key in new_ids if key not in {each.id for each in modules}]:
                modules.insert(draw(st.integers(0, len(modules))), module(fresh[0]))
        elif modules:
            place = draw(st.integers(0, len(modules) - 1))
            modules = _edit(draw, kind, modules, place)
    present = {each.id for each in modules}
    return content(*(replace(each, requires=each.requires & present) for each in modules))


def _edit(draw: st.DrawFn, kind: str, modules: list[ModuleContent], place: int) -> list[ModuleContent]:
    chosen = modules[place]
    rest = [each for each in modules if each is not chosen]
    if kind == "remove":
        return rest
    if kind == "move":
        rest.insert(draw(st.integers(0, len(rest))), chosen)
        return rest
    if kind == "text":
        chosen = replace(chosen, title=draw(st.sampled_from(["One", "Two"])))
    elif kind == "level":
        level = draw(st.integers(0, 4))
        chosen = replace(chosen, skill="python", from_level=level, to_level=level + draw(st.integers(0, 1)))
    elif kind == "minutes":
        chosen = replace(chosen, estimated_minutes=draw(st.integers(1, 3)), weight=draw(st.integers(1, 3)))
    elif kind == "requires":
        free = [each.id for each in rest if not _rests_on(modules, each.id, chosen.id)]
        chosen = replace(chosen, requires=frozenset(_some(draw, free)))
    return [*modules[:place], chosen, *modules[place + 1 :]]


def _rests_on(modules: list[ModuleContent], key: str, other: str) -> bool:
    by_id = {each.id: each for each in modules}
    waiting, seen = [key], {key}
    while waiting:
        current = waiting.pop()
        if current == other:
            return True
        if current in by_id:
            waiting += [each for each in by_id[current].requires if each not in seen]
            seen |= by_id[current].requires
    return False


Sides = tuple[Content, Content, Content, set[str], dict[str, Side]]


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    base = draw(contents())
    mine, upstream = draw(edited(base, "xyz")), draw(edited(base, "uvw"))
    begun = draw(st.sets(st.sampled_from([each.id for each in mine.modules]))) if mine.modules else set()
    choices = draw(st.dictionaries(st.sampled_from("abcdefghuvw"), st.sampled_from(Side), max_size=3))
    return base, mine, upstream, begun, choices


def has_circle(modules: tuple[ModuleContent, ...]) -> bool:
    listed = list(modules)
    return any(_rests_on(listed, required, each.id) for each in listed for required in each.requires)


@many
@given(sides())
def test_what_the_learner_wrote_and_began_stays(case: Sides) -> None:
    base, mine, upstream, begun, choices = case
    merged = {each.id: each for each in merge(base, mine, upstream, begun=begun, choices=choices).modules}
    was = base.by_id()
    for each in mine.modules:
        if choices.get(each.id) == Side.UPSTREAM:
            assert each.id in merged or each.id not in begun
            continue
        is_edited = each.id not in was or any(part(was[each.id], name) != part(each, name) for name in MERGED_PARTS)
        if is_edited or each.id in begun:
            assert each.id in merged
        for name in MERGED_PARTS:
            if each.id in merged and each.id in was and part(each, name) != part(was[each.id], name):
                assert part(merged[each.id], name) == part(each, name)
    assert begun <= set(merged)


@many
@given(sides())
def test_what_upstream_changed_is_there_unless_the_learner_changed_the_same_or_declined(case: Sides) -> None:
    base, mine, upstream, begun, choices = case
    merged = {each.id: each for each in merge(base, mine, upstream, begun=begun, choices=choices).modules}
    was, ours = base.by_id(), mine.by_id()
    for each in upstream.modules:
        if choices.get(each.id) == Side.MINE:
            assert (each.id in merged) == (each.id in ours)
        elif each.id not in was:
            assert each.id in merged
        elif each.id in ours:
            for name in MERGED_PARTS:
                is_free = part(ours[each.id], name) == part(was[each.id], name)
                is_changed = part(each, name) != part(was[each.id], name)
                if is_changed and (is_free or choices.get(each.id) == Side.UPSTREAM):
                    assert part(merged[each.id], name) == part(each, name)
    for key in was.keys() - upstream.by_id().keys() - begun:
        untouched = key in ours and all(part(ours[key], name) == part(was[key], name) for name in MERGED_PARTS)
        if untouched and choices.get(key) != Side.MINE:
            assert key not in merged


@many
@given(sides())
def test_what_comes_out_is_a_roadmap(case: Sides) -> None:
    base, mine, upstream, begun, choices = case
    made = merge(base, mine, upstream, begun=begun, choices=choices)
    ids = [each.id for each in made.modules]
    assert len(ids) == len(set(ids))
    assert not has_circle(made.modules)
    assert all(each.requires <= set(ids) for each in made.modules)
    assert all(each.from_level <= each.to_level for each in made.modules)
    assert made == merge(base, mine, upstream, begun=begun, choices=choices)


@many
@given(sides())
def test_after_a_merge_nothing_is_left_to_offer(case: Sides) -> None:
    base, mine, upstream, begun, choices = case
    made = merge(base, mine, upstream, begun=begun, choices=choices)
    again = merge(upstream, content(*made.modules), upstream, begun=begun)
    assert (again.modules, again.offers, again.takes_order) == (made.modules, (), False)


@many
@given(contents().flatmap(lambda base: st.tuples(st.just(base), edited(base, "uvw"))))
def test_where_one_side_changed_nothing_the_other_comes_out(pair: tuple[Content, Content]) -> None:
    base, other = pair
    assert merge(base, base, other).modules == other.modules
    assert merge(base, other, base).modules == other.modules
    assert merge(base, other, base).offers == ()


@many
@given(contents().flatmap(lambda base: st.tuples(st.just(base), edited(base, "uvw"))))
def test_a_difference_names_every_change_and_nothing_else(pair: tuple[Content, Content]) -> None:
    before, after = pair
    changes = {change.id: change for change in difference(before, after).modules}
    was, now = before.by_id(), after.by_id()
    assert {key for key, each in changes.items() if each.kind == "added"} == now.keys() - was.keys()
    assert {key for key, each in changes.items() if each.kind == "removed"} == was.keys() - now.keys()
    for key in was.keys() & now.keys():
        expected = {name for name in PARTS if part(was[key], name) != part(now[key], name)}
        assert set(changes[key].parts if key in changes else ()) == expected
    moved = {key for key, each in changes.items() if each.is_moved}
    stayed = [key for key in was if key in now and key not in moved]
    assert stayed == [key for key in now if key in was and key not in moved]
    assert not difference(after, after).modules


def offer_of(made: Merge, key: str) -> Any:
    return next(offer for offer in made.offers if offer.id == key)


def change(changed: str, edit: Callable[[ModuleContent], ModuleContent], of: Content = BASE) -> Content:
    return content(*(edit(each) if each.id == changed else each for each in of.modules))


def test_two_changes_of_one_part_are_a_conflict_that_the_learner_decides() -> None:
    mine = change("b", lambda each: replace(each, title="Mine", description="My words"))
    upstream = change("b", lambda each: replace(each, title="Theirs", milestone="Half of it"))

    made = merge(BASE, mine, upstream)
    offer = offer_of(made, "b")
    assert (offer.is_conflict, offer.takes, offer.reason) == (True, Side.MINE, "You changed the same.")
    assert offer.parts["title"].takes == Side.MINE
    assert offer.parts["milestone"].takes == Side.UPSTREAM
    merged = made.modules[1]
    assert (merged.title, merged.description, merged.milestone) == ("Mine", "My words", "Half of it")

    chosen = merge(BASE, mine, upstream, choices={"b": Side.UPSTREAM}).modules[1]
    assert (chosen.title, chosen.description, chosen.milestone) == ("Theirs", "My words", "Half of it")


def test_levels_of_two_sides_are_never_mixed() -> None:
    base = content(module("a", skill="python", from_level=1, to_level=2))
    mine = change("a", lambda each: replace(each, to_level=4, from_level=3), base)
    upstream = change("a", lambda each: replace(each, from_level=0, to_level=1), base)
    taken = [merge(base, mine, upstream, choices=choices).modules[0] for choices in ({}, {"a": Side.UPSTREAM})]
    assert [(each.from_level, each.to_level) for each in taken] == [(3, 4), (0, 1)]


def test_a_module_that_was_begun_is_kept_although_upstream_took_it_out() -> None:
    made = merge(BASE, BASE, content(A, C), begun={"b"}, choices={"b": Side.UPSTREAM})
    assert [each.id for each in made.modules] == ["a", "b", "c"]
    assert offer_of(made, "b").reason == "You have begun it."


def test_a_module_that_was_taken_out_stays_out_until_the_learner_wants_it() -> None:
    mine, upstream = content(A, C), change("b", lambda each: replace(each, title="Better"))
    assert [each.id for each in merge(BASE, mine, upstream).modules] == ["a", "c"]
    back = merge(BASE, mine, upstream, choices={"b": Side.UPSTREAM})
    assert [each.title for each in back.modules] == ["Module a", "Better", "Module c"]


def test_an_edge_of_upstream_that_closes_a_circle_is_left_out() -> None:
    base = content(module("a"), module("b"))
    mine = change("a", lambda each: replace(each, requires=frozenset("b")), base)
    upstream = change("b", lambda each: replace(each, requires=frozenset("a")), base)
    assert {each.id: each.requires for each in merge(base, mine, upstream).modules} == {
        "a": frozenset("b"),
        "b": frozenset(),
    }


def test_the_order_of_upstream_is_taken_where_the_learner_moved_nothing() -> None:
    own = module("own")
    upstream = content(C, module("new"), B, A)
    made = merge(BASE, content(A, own, B, C), upstream)
    assert ([each.id for each in made.modules], made.takes_order) == (["c", "new", "b", "a", "own"], True)
    moved = merge(BASE, content(B, A, own, C), upstream)
    assert ([each.id for each in moved.modules], moved.takes_order) == (["b", "a", "own", "c", "new"], False)


def test_content_survives_json() -> None:
    whole = Content({"title": "Data engineer"}, (module("a", requires=frozenset({"b", "c"})), B))
    assert Content.from_json(whole.to_json()) == whole
