"""A roadmap drawn as a graph: where each module's box lies, and the lines from what it builds on. Pure; no markup.

`layered` is for wide screens: layers by the longest path, at most so many boxes in each, ordered by barycentres so that
few lines cross, and lines that pass a layer take a place of their own in it (Sugiyama, Tagawa and Toda 1981). `listed`
is for narrow ones: one box below the other, and lines in a margin beside them. Both leave out what follows from other
lines: whoever needs B, which needs A, needs A.
"""

import unicodedata
from bisect import bisect_right, insort
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
"""Of the ordering by barycentres, down and up in turn; it settles sooner in graphs of our size."""

MOST_NODES, MOST_LINES = 100, 200
"""What is drawn at all: more is no picture any more, and its passing lines could be made to cost minutes."""
WIDEST_FITTED = 1500
"""Still readable on a page of 1,100."""
PULL = 0.3
"""Of the middle, beside the 1 of each neighbour: without it, long ways drift aside and the drawing grows wide."""


@dataclass(frozen=True, slots=True)
class Node:
    """A module. `requires` are keys of other nodes; those that are not there do not count."""

    key: Hashable
    title: str
    note: str
    requires: Sequence[Hashable] = ()
    look: str = ""
    """A word for its state, for whoever draws."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node lies, and its title as it fits, in lines."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]

    @property
    def text_x(self) -> float:
        """Where its texts begin."""
        return round(self.x + 12, 1)

    @property
    def note_y(self) -> float:
        """The line that its note stands on."""
        return round(self.y + self.height - 12, 1)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines; `lines` are paths as SVG writes them, from what is required to what requires it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]

    @property
    def is_scrolled(self) -> bool:
        """Whether it is shown at its full size, wider than its page: smaller, its words could not be read."""
        return self.width > WIDEST_FITTED


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes, in CSS pixels."""

    box_width: float = 196
    box_height: float = 72
    gap_x: float = 28
    gap_y: float = 52
    lane: float = 12
    """Between lines, and for a line that passes a layer."""
    columns: int = 4
    margin: float = 14
    characters: float = 20
    """Of a title, in a line; of middling width."""


def can_be_drawn(nodes: Sequence[Node]) -> bool:
    """Whether it is of a size that both drawings are made for."""
    return 0 < len(nodes) <= MOST_NODES and sum(map(len, reduced(nodes).values())) <= MOST_LINES


def layered(nodes: Sequence[Node], style: Style | None = None) -> Drawing:
    """For wide screens. The same for the same input. The nodes' prerequisites close no cycle."""
    style = style or Style()
    required = reduced(nodes)
    layer_of = layers(nodes, required, columns=style.columns)
    layers_now, above = _with_passing_lines(nodes, required, layer_of)
    _order(layers_now, above)
    places = _places(layers_now, above, style)
    height_of_layer = style.box_height + style.gap_y
    by_key = {node.key: node for node in nodes}
    boxes = tuple(
        Box(
            node,
            places[node.key] - style.box_width / 2,
            style.margin + layer_of[node.key] * height_of_layer,
            style.box_width,
            style.box_height,
            wrapped(node.title, style.characters, 2),
        )
        for node in by_key.values()
    )
    lines = []
    for node in nodes:
        for path in _paths_up(node.key, above):
            points = []
            for key in reversed(path):
                depth = key.layer if isinstance(key, _Passing) else layer_of[key]
                top = style.margin + depth * height_of_layer
                points.append((places[key], top, top + style.box_height))
            lines.append(_curve(points))
    right = max((box.x + box.width for box in boxes), default=0.0)
    width = max(right, *places.values(), 0.0) + style.margin
    height = max((box.y + box.height for box in boxes), default=0.0) + style.margin
    return Drawing(round(width, 1), round(height, 1), boxes, tuple(lines))


def listed(nodes: Sequence[Node], *, width: float = 328, style: Style | None = None) -> Drawing:
    """For narrow screens, `width` wide: one below the other, each after what it builds on, where they come in order."""
    style = style or Style(gap_y=16, characters=29, lane=10)
    required = reduced(nodes)
    order = _in_order(nodes, required)
    row_of = {node.key: row for row, node in enumerate(order)}
    spans = sorted(
        ((row_of[above], row_of[node.key]) for node in order for above in required[node.key]),
        key=lambda span: (span[1] - span[0], span),
    )
    lanes = _lanes(spans)
    most = min(max(lanes.values(), default=-1) + 1, 7)
    margin = style.margin + style.lane * (most + 1)
    step = style.box_height + style.gap_y
    boxes = tuple(
        Box(
            node,
            margin,
            style.margin + row * step,
            width - margin - 2,
            style.box_height,
            wrapped(node.title, style.characters - 1.2 * most, 2),
        )
        for row, node in enumerate(order)
    )
    lines = []
    for top, bottom in spans:
        from_y = style.margin + top * step + style.box_height * 0.66
        to_y = style.margin + bottom * step + style.box_height * 0.33
        x = margin - style.lane * (min(lanes[top, bottom], most - 1) + 1.4)
        bend = min(8.0, margin - x)
        lines.append(
            f"M{margin:.1f} {from_y:.1f}H{x + bend:.1f}Q{x:.1f} {from_y:.1f} {x:.1f} {from_y + bend:.1f}"
            f"V{to_y - bend:.1f}Q{x:.1f} {to_y:.1f} {x + bend:.1f} {to_y:.1f}H{margin:.1f}"
        )
    height = style.margin * 2 + len(order) * step - style.gap_y if order else 0.0
    return Drawing(width, round(height, 1), boxes, tuple(lines))


def reduced(nodes: Sequence[Node]) -> dict[Hashable, list[Hashable]]:
    """What each node requires, without what follows from the rest (the transitive reduction)."""
    there = {node.key for node in nodes}
    direct = {node.key: [key for key in dict.fromkeys(node.requires) if key in there] for node in nodes}
    everything: dict[Hashable, set[Hashable]] = {}
    for key in _topological([node.key for node in nodes], direct):
        everything[key] = set(direct[key]).union(*(everything[above] for above in direct[key]))
    return {
        key: [above for above in wanted if not any(above in everything[other] for other in wanted)]
        for key, wanted in direct.items()
    }


def layers(
    nodes: Sequence[Node], required: Mapping[Hashable, Sequence[Hashable]], *, columns: int
) -> dict[Hashable, int]:
    """The layer of each, below all that it requires, as far up as that and the columns allow."""
    filled: dict[int, int] = {}
    layer_of: dict[Hashable, int] = {}
    for key in _topological([node.key for node in nodes], required):
        layer = max((layer_of[above] + 1 for above in required[key]), default=0)
        while filled.get(layer, 0) >= columns:
            layer += 1
        filled[layer] = filled.get(layer, 0) + 1
        layer_of[key] = layer
    return layer_of


def wrapped(text: str, width: float, most: int) -> tuple[str, ...]:
    """At most so many lines of so many characters of middling width; what does not fit ends in an ellipsis."""
    words = [piece for word in text.split() for piece in _pieces(word, width)]
    lines: list[str] = []
    for word in words:
        if lines and _width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while _width(last) > width - 1.5:
        last = last[:-1]
    return (*lines[: most - 1], f"{last.rstrip()}…")


@dataclass(frozen=True, slots=True)
class _Passing:
    """The place of a line in a layer that it passes."""

    above: Hashable
    below: Hashable
    layer: int


def _topological(keys: Sequence[Hashable], required: Mapping[Hashable, Sequence[Hashable]]) -> list[Hashable]:
    """The keys in their order, but each after what it requires."""
    done: dict[Hashable, None] = {}
    for key in keys:
        waiting = [key]
        while waiting:
            current = waiting[-1]
            missing = [above for above in required[current] if above not in done and above not in waiting]
            if missing:
                waiting.append(missing[0])
            else:
                done.setdefault(waiting.pop())
    return list(done)


def _in_order(nodes: Sequence[Node], required: Mapping[Hashable, Sequence[Hashable]]) -> list[Node]:
    by_key = {node.key: node for node in nodes}
    return [by_key[key] for key in _topological(list(by_key), required)]


def _with_passing_lines(
    nodes: Sequence[Node], required: Mapping[Hashable, Sequence[Hashable]], layer_of: Mapping[Hashable, int]
) -> tuple[list[list[Hashable]], dict[Hashable, list[Hashable]]]:
    """The layers with a place for each line that passes one; and of each place the ones above it that it hangs on."""
    by_layer: list[list[Hashable]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    above: dict[Hashable, list[Hashable]] = {}
    for node in nodes:
        by_layer[layer_of[node.key]].append(node.key)
        above[node.key] = []
        for wanted in required[node.key]:
            former = wanted
            for layer in range(layer_of[wanted] + 1, layer_of[node.key]):
                passing = _Passing(wanted, node.key, layer)
                by_layer[layer].append(passing)
                above[passing] = [former]
                former = passing
            above[node.key].append(former)
    return by_layer, above


def _order(by_layer: list[list[Hashable]], above: Mapping[Hashable, Sequence[Hashable]]) -> None:
    """Sort each layer in place by where its neighbours are."""
    below = _turned(above)
    best, fewest = [list(layer) for layer in by_layer], _crossings(by_layer, above)
    for sweep in range(SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        turn = by_layer if sweep % 2 == 0 else reversed(by_layer)
        place = {key: float(index) for layer in by_layer for index, key in enumerate(layer)}
        for layer in turn:
            wanted_at = {
                key: sum(place[other] for other in neighbours[key]) / len(neighbours[key])
                if neighbours[key]
                else place[key]
                for key in layer
            }
            layer.sort(key=lambda key: wanted_at[key])
            place.update({key: float(index) for index, key in enumerate(layer)})
        crossings = _crossings(by_layer, above)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in by_layer], crossings
    by_layer[:] = best


def _crossings(by_layer: Sequence[Sequence[Hashable]], above: Mapping[Hashable, Sequence[Hashable]]) -> int:
    place = {key: index for layer in by_layer for index, key in enumerate(layer)}
    count = 0
    for layer in by_layer:
        seen: list[int] = []
        for _, at in sorted((place[other], place[key]) for key in layer for other in above[key]):
            count += len(seen) - bisect_right(seen, at)
            insort(seen, at)
    return count


def _places(
    by_layer: Sequence[Sequence[Hashable]], above: Mapping[Hashable, Sequence[Hashable]], style: Style
) -> dict[Hashable, float]:
    """The middle of each place from the left: near its neighbours, in the order of its layer, nothing overlapping."""
    below = _turned(above)

    def half(key: Hashable) -> float:
        return (style.lane if isinstance(key, _Passing) else style.box_width) / 2

    places: dict[Hashable, float] = {}
    for layer in by_layer:
        total = sum(2 * half(key) for key in layer) + style.gap_x * (len(layer) - 1)
        left = -total / 2
        for key in layer:
            places[key] = left + half(key)
            left += 2 * half(key) + style.gap_x
    for sweep in range(SWEEPS):
        for layer in by_layer if sweep % 2 == 0 else reversed(by_layer):
            offsets = [0.0]
            for one, two in pairwise(layer):
                offsets.append(offsets[-1] + half(one) + style.gap_x + half(two))
            wanted_at = []
            for key, offset in zip(layer, offsets, strict=True):
                near = [*above[key], *below[key]]
                mean = sum(places[other] for other in near) / (len(near) + PULL) if near else places[key]
                wanted_at.append(mean - offset)
            for key, offset, at in zip(layer, offsets, _rising(wanted_at), strict=True):
                places[key] = at + offset
    leftmost = min((at - half(key) for key, at in places.items()), default=0.0)
    return {key: round(at - leftmost + style.margin, 1) for key, at in places.items()}


def _turned(above: Mapping[Hashable, Sequence[Hashable]]) -> dict[Hashable, list[Hashable]]:
    """Of each place the ones below it that hang on it."""
    below: dict[Hashable, list[Hashable]] = {key: [] for key in above}
    for key, wanted in above.items():
        for other in wanted:
            below[other].append(key)
    return below


def _rising(wanted: Sequence[float]) -> list[float]:
    """The numbers nearest to these (least squares) that never fall: pools of adjacent violators."""
    pools: list[list[float]] = []
    for value in wanted:
        pools.append([value, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value_now, weight = pools.pop()
            former, former_weight = pools[-1]
            pools[-1] = [
                (former * former_weight + value_now * weight) / (former_weight + weight),
                former_weight + weight,
            ]
    return [value for value, weight in pools for _ in range(int(weight))]


def _paths_up(key: Hashable, above: Mapping[Hashable, Sequence[Hashable]]) -> list[list[Hashable]]:
    """Of each line into this node its places, from the node up to the one that is required."""
    paths = []
    for first in above[key]:
        path = [key, first]
        while isinstance(path[-1], _Passing):
            path.append(above[path[-1]][0])
        paths.append(path)
    return paths


def _curve(points: Sequence[tuple[float, float, float]]) -> str:
    """From the foot of the first place to the head of the last one, straight through those between."""
    x, _, foot = points[0]
    path = f"M{x:.1f} {foot:.1f}"
    for next_x, head, next_foot in points[1:]:
        middle = (foot + head) / 2
        path += f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {head:.1f}"
        if next_foot != points[-1][2]:
            path += f"V{next_foot:.1f}"
        x, foot = next_x, next_foot
    return path


def _lanes(spans: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """For each span of rows a lane in which no other runs beside it, short ones nearest to the boxes."""
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[tuple[int, int], int] = {}
    for span in spans:
        lane = next(
            (
                number
                for number, others in enumerate(taken)
                if all(span[1] <= other[0] or other[1] <= span[0] for other in others)
            ),
            len(taken),
        )
        if lane == len(taken):
            taken.append([])
        taken[lane].append(span)
        lanes[span] = lane
    return lanes


def _width(text: str) -> float:
    """In characters of middling width: which font a reader has is not known, so this errs on the wide side."""
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    if character in "mwMW@%":
        return 1.5
    if character in "iljtfrI.,:;'|!()[] ":
        return 0.7
    return 1.2 if character.isupper() else 1


def _pieces(word: str, width: float) -> list[str]:
    """The word, cut where it is longer than a line."""
    pieces = [""]
    for character in word:
        if _width(pieces[-1]) + _width(character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
