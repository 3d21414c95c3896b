"""A round's figures as inline SVG, without a script: what a bar shows is written beside it, and no colour tells alone.

Each picture has a title and a description for those who hear the page. Colours are classes of the page's own style
(`admin_round.html`), which knows light and dark. Pure: figures in, markup out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from matches.admin.round_figures import BIN_WIDTH, HIGHEST_SCORE, Group

WIDTH = 480
"""Units are pixels on a desktop and two thirds of one on a phone, where the page's style makes letters larger."""
ROW = 26
MOST_LETTERS = 22
"""Of a label."""
VALUES = 112
"""Width of what is written behind the longest bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a picture: how far the bar reaches, of all there is, and what is written behind it."""

    label: str
    share: float
    """0 to 1."""
    text: str
    style: str = "round-bar"


def histogram(counts: Sequence[int], mean: int | None) -> SafeString:
    """Columns of scores, a line where the mean is."""
    top, height, base = 34, 190, 224
    step = (WIDTH - 40) / len(counts)
    highest = max(1, *counts)
    columns = []
    for place, count in enumerate(counts):
        tall = height * count / highest
        columns.append(
            (_n(20 + place * step + 2), _n(base - tall), _n(step - 4), _n(tall), _n(20 + (place + 0.5) * step),
             _n(base - tall - 5), count or "")
        )  # fmt: skip
    drawn = format_html_join(
        "",
        '<rect class="round-bar" x="{}" y="{}" width="{}" height="{}" rx="2"/><text x="{}" y="{}" text-anchor="middle">'
        "{}</text>",
        columns,
    )
    marks = format_html_join(
        "",
        '<text class="round-faint" x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                _n(20 + place * step),
                base + 18,
                "middle" if place < len(counts) else "end",
                f"{min(place * BIN_WIDTH, HIGHEST_SCORE):,}",
            )
            for place in range(0, len(counts) + 1, 4)
        ),
    )
    line = SafeString("")
    if mean is not None:
        at = 20 + mean / BIN_WIDTH * step
        line = format_html(
            '<line class="round-line" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
            '<text x="{3}" y="14" text-anchor="{4}">mean {5}</text>',
            _n(at), top - 14, base, _n(at), "end" if at > WIDTH - 60 else "middle", f"{mean:,}",
        )  # fmt: skip
    axis = format_html('<line class="round-axis" x1="20" x2="{}" y1="{}" y2="{}"/>', WIDTH - 20, base, base)
    told = "; ".join(
        f"{place * BIN_WIDTH:,} to {(place + 1) * BIN_WIDTH - 1:,}: {count}"
        for place, count in enumerate(counts)
        if count
    )
    return _picture(
        "scores", "Scores of the assignments", told or "There are none.", base + 26, drawn + marks + axis + line
    )


def bars(name: str, title: str, rows: Iterable[Bar], *, nothing: str) -> SafeString:
    """A bar a row; `nothing` is written where there is none."""
    rows = list(rows)
    if not rows:
        return _picture(
            name, title, nothing, ROW, format_html('<text class="round-faint" x="0" y="17">{}</text>', nothing)
        )
    labels = _width_of(row.label for row in rows)
    drawn = _joined(_row(row, place * ROW, ROW - 8, labels) for place, row in enumerate(rows))
    told = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return _picture(name, title, told, len(rows) * ROW, drawn)


def fairness(name: str, title: str, groups: Sequence[Group]) -> SafeString:
    """Two bars a group: the share that is matched, and below it the mean score."""
    if not groups:
        return bars(name, title, (), nothing="No learner says so.")
    high, labels = 2 * ROW - 6, _width_of(group.label for group in groups)
    drawn, told = [], []
    for place, group in enumerate(groups):
        share = f"{group.matched_permille / 10:.0f} % of {group.learners}"
        score = "nobody matched" if group.mean_score is None else f"mean {group.mean_score:,}"
        drawn.append(_row(Bar(group.label, group.matched_permille / 1000, share), place * high, 16, labels))
        second = Bar("", (group.mean_score or 0) / HIGHEST_SCORE, score, "round-bar-2")
        drawn.append(_row(second, place * high + 19, 16, labels))
        told.append(f"{group.label}: {share} matched, {score}")
    return _picture(name, title, "; ".join(told), len(groups) * high, _joined(drawn))


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _width_of(labels: Iterable[str]) -> int:
    """Of the column that holds them."""
    return 16 + 10 * min(MOST_LETTERS, max(map(len, labels)))


def _row(row: Bar, y: float, height: float, labels: int) -> SafeString:
    reach = (WIDTH - labels - VALUES) * max(0.0, min(1.0, row.share))
    middle = _n(y + height / 2 + 4.5)
    return format_html(
        '<text x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/><text x="{}" y="{}">{}</text>',
        labels - 10, middle, _short(row.label), row.style, labels, _n(y), _n(max(reach, 1)), _n(height),
        _n(labels + reach + 8), middle, row.text,
    )  # fmt: skip


def _picture(name: str, title: str, description: str, height: float, drawn: SafeString) -> SafeString:
    return format_html(
        '<svg class="round-picture" viewBox="0 0 {1} {2}" role="img" aria-labelledby="{0}-title {0}-desc">'
        '<title id="{0}-title">{3}</title><desc id="{0}-desc">{4}</desc>{5}</svg>',
        f"picture-{name}", WIDTH, _n(height), title, description, drawn,
    )  # fmt: skip


def _short(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"


def _n(number: float) -> str:
    return f"{number:.1f}"
