"""Drawings of roadmaps: what holds for every graph, and how texts are cut."""

import re
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmaps.drawing import (
    MOST_NODES,
    Box,
    Drawing,
    Node,
    Style,
    can_be_drawn,
    layered,
    layers,
    listed,
    reduced,
    wrapped,
)

titles = st.text(max_size=120)


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    """Up to 25 modules, each upon some that are numbered lower, in any order."""
    number = draw(st.integers(0, 25))
    nodes = [
        Node(key, draw(titles), "note", draw(st.lists(st.integers(0, key - 1), max_size=4)) if key else [])
        for key in range(number)
    ]
    return list(draw(st.permutations(nodes)))


def all_above(required: dict[Any, list[Any]]) -> dict[Any, set[Any]]:
    found: dict[Any, set[Any]] = {}

    def of(key: object) -> set[object]:
        if key not in found:
            found[key] = set(required[key]).union(*(of(above) for above in required[key]))
        return found[key]

    return {key: of(key) for key in required}


def overlap(one: Box, two: Box) -> bool:
    return (
        one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    )


def check_boxes(drawing: Drawing, nodes: list[Node]) -> dict:
    assert {box.node.key for box in drawing.boxes} == {node.key for node in nodes}
    assert not any(overlap(one, two) for one, two in combinations(drawing.boxes, 2))
    for box in drawing.boxes:
        assert 0 <= box.x <= box.x + box.width <= drawing.width
        assert 0 <= box.y <= box.y + box.height <= drawing.height
    return {box.node.key: box for box in drawing.boxes}


@given(graphs())
def test_lines_say_the_same_with_fewer(nodes: list[Node]) -> None:
    direct, fewer = {node.key: list(node.requires) for node in nodes}, reduced(nodes)
    assert all_above(fewer) == all_above(direct)
    for key, wanted in fewer.items():
        assert len(set(wanted)) == len(wanted)
        assert not any(above in all_above(direct)[other] for above in wanted for other in wanted), key


@given(graphs())
def test_wide_drawing_leads_downwards_and_nothing_overlaps(nodes: list[Node]) -> None:
    drawing = layered(nodes)
    by_key = check_boxes(drawing, nodes)
    rows: dict[float, int] = {}
    for box in drawing.boxes:
        rows[box.y] = rows.get(box.y, 0) + 1
        assert all(by_key[above].y + box.height < box.y for above in box.node.requires)
    assert max(rows.values(), default=0) <= Style().columns
    assert len(drawing.lines) == sum(map(len, reduced(nodes).values()))
    for line in drawing.lines:
        points = [float(x) for part in re.findall(r"[MC]([-\d. ]+)", line) for x in part.split()[::2]]
        assert all(0 <= x <= drawing.width for x in points)
    assert drawing == layered(nodes)


@given(graphs())
def test_narrow_drawing_fits_a_telephone(nodes: list[Node]) -> None:
    drawing = listed(nodes)
    by_key = check_boxes(drawing, nodes)
    assert drawing.width == 328
    for box in drawing.boxes:
        assert box.width >= 220
        assert all(by_key[above].y < box.y for above in box.node.requires)
    for line in drawing.lines:
        assert all(0 < float(number) <= 328 for number in re.findall(r"H([-\d.]+)", line))
    assert len(drawing.lines) == sum(map(len, reduced(nodes).values()))


def test_longest_path_and_columns_give_the_layer() -> None:
    nodes = [
        Node("a", "", ""),
        Node("b", "", "", ["a"]),
        Node("c", "", "", ["a", "b"]),
        *(Node(n, "", "") for n in "de"),
    ]
    assert layers(nodes, reduced(nodes), columns=2) == {"a": 0, "b": 1, "c": 2, "d": 0, "e": 1}


def test_ordering_takes_crossings_out() -> None:
    """Three pairs, of which each lower one stands in the place farthest from its upper one."""
    nodes = [*(Node(n, "", "") for n in "abc"), *(Node(n.upper(), "", "", [n]) for n in "cba")]
    places = {box.node.key: box.x for box in layered(nodes).boxes}
    assert sorted("abc", key=places.__getitem__) == [n.lower() for n in sorted("ABC", key=places.__getitem__)]


def test_what_is_too_large_is_not_drawn() -> None:
    assert not can_be_drawn([])
    assert can_be_drawn([Node(key, "", "", [key - 1]) for key in range(MOST_NODES)])
    assert not can_be_drawn([Node(key, "", "") for key in range(MOST_NODES + 1)])
    assert not can_be_drawn([Node(key, "", "", range(15) if key >= 15 else ()) for key in range(30)])


def test_unknown_prerequisites_do_not_count() -> None:
    assert layered([Node("a", "", "", ["gone"])]).lines == ()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ()),
        ("short", ("short",)),
        ("one two three", ("one two", "three")),
        ("one two three four five", ("one two", "three…")),
        ("a" * 30, ("a" * 8, "a" * 6 + "…")),
        ("学习学习学习", ("学习学习", "学习")),
    ],
)
def test_text_is_cut_to_lines(text: str, lines: tuple[str, ...]) -> None:
    assert wrapped(text, 8, 2) == lines


@given(titles, st.integers(3, 30))
def test_cut_text_has_at_most_two_lines(text: str, width: int) -> None:
    lines = wrapped(text, width, 2)
    assert len(lines) <= 2
    assert all(len(line) <= width / 0.7 + 1 for line in lines)
