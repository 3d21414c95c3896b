"""The picture that previews of links show: title, size and graph of a shared roadmap as PNG. No I/O but the fonts."""

from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from roadmaps.drawing import Box, Drawing
from roadmaps.shared_pages import SharedRoadmap

SIZE = (1200, 630)
FONTS = Path(__file__).parent / "fonts"
MOST_LINES = 3
_MARGIN = 72
_TEXT_WIDTH = 620
_BACKGROUND, _INK, _QUIET, _ACCENT, _LINE = "#f6f7f9", "#1b1f24", "#4b5563", "#1f5fbf", "#9aa5b5"
_GRAPH = (760, 72, 1128, 558)
"""Left, top, right, bottom of the space for the graph."""


def preview(roadmap: SharedRoadmap) -> bytes:
    """PNG, 1200 × 630. What the fonts cannot write is left out."""
    picture = Image.new("RGB", SIZE, _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 16, SIZE[1]), fill=_ACCENT)
    if roadmap.is_drawn:
        _draw_graph(draw, roadmap.wide_drawing)
    draw.text((_MARGIN, 64), "SkillBridge · roadmap", font=_font(30), fill=_ACCENT)
    title = (
        _writable(roadmap.title, _font(60, bold=True)) or _writable(roadmap.track, _font(60, bold=True)) or "Roadmap"
    )
    size, lines = next(
        ((size, lines) for size in (60, 52, 42) if len(lines := _lines(title, size)) <= MOST_LINES),
        (42, _lines(title, 42)[:MOST_LINES]),
    )
    y = 132
    for line in lines:
        draw.text((_MARGIN, y), line, font=_font(size, bold=True), fill=_INK)
        y += round(size * 1.22)
    for note in filter(None, _notes(roadmap)):
        y += 14
        draw.text((_MARGIN, y), _fitting(note, _font(32)), font=_font(32), fill=_QUIET)
        y += 32
    if roadmap.progress is not None:
        _draw_progress(draw, roadmap.progress)
    kept = BytesIO()
    picture.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _notes(roadmap: SharedRoadmap) -> tuple[str, ...]:
    number = len(roadmap.modules)
    size = f"{number} module{'' if number == 1 else 's'} · {roadmap.weeks} week{'' if roadmap.weeks == 1 else 's'}"
    return (size, _writable(roadmap.track, _font(32)))


def _draw_progress(draw: ImageDraw.ImageDraw, progress: int) -> None:
    top, right = 548, _MARGIN + 480
    draw.rounded_rectangle((_MARGIN, top, right, top + 22), radius=11, fill="#dfe3e8")
    if progress:
        draw.rounded_rectangle(
            (_MARGIN, top, _MARGIN + max(22, 480 * progress // 100), top + 22), radius=11, fill=_ACCENT
        )
    draw.text((right + 18, top - 6), f"{progress} %", font=_font(28), fill=_QUIET)


def _draw_graph(draw: ImageDraw.ImageDraw, drawing: Drawing) -> None:
    left, top, right, bottom = _GRAPH
    scale = min((right - left) / drawing.width, (bottom - top) / drawing.height, 1.0)
    x0 = left + ((right - left) - drawing.width * scale) / 2
    y0 = top + ((bottom - top) - drawing.height * scale) / 2

    def head(box: Box) -> tuple[float, float]:
        return x0 + (box.x + box.width / 2) * scale, y0 + box.y * scale

    by_key = {box.node.key: box for box in drawing.boxes}
    for box in drawing.boxes:
        for key in box.node.requires:
            if key in by_key:
                x, y = head(by_key[key])
                draw.line((x, y + by_key[key].height * scale, *head(box)), fill=_LINE, width=3)
    for box in drawing.boxes:
        x, y = x0 + box.x * scale, y0 + box.y * scale
        draw.rounded_rectangle(
            (x, y, x + box.width * scale, y + box.height * scale),
            radius=max(4, 10 * scale), fill="#ffffff", outline=_ACCENT, width=2,
        )  # fmt: skip


def _lines(text: str, size: int) -> list[str]:
    """In lines of the space for text; words and texts that are too long end in an ellipsis."""
    font, lines = _font(size, bold=True), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _TEXT_WIDTH:
            lines[-1] = longer
        else:
            lines += [_fitting(word, font)] if lines[-1] else []
            lines[-1] = _fitting(word, font)
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1] = _fitting(f"{lines[MOST_LINES - 1]} {lines[MOST_LINES]}", font)
    return lines


def _fitting(text: str, font: ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= _TEXT_WIDTH:
        return text
    while text and font.getlength(f"{text}…") > _TEXT_WIDTH:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _writable(text: str, font: ImageFont.FreeTypeFont) -> str:
    """Without the characters that the font has no picture of."""
    missing = bytes(font.getmask("\uffff"))
    kept = "".join(each for each in text if each.isspace() or bytes(font.getmask(each)) != missing)
    return " ".join(kept.split())


@cache
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    # The basic layout needs no library that wheels may lack, and is the same everywhere.
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)
