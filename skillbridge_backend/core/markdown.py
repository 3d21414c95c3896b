"""From what people write to the HTML that is shown: CommonMark, then an allow-list for the kind of field. Pure.

Two walls: the Markdown parser passes no HTML through, and nh3 keeps only the elements and attributes named here. There
are no images (they call home), and links lead to https or mailto only. Names, headlines and what a model writes are no
Markdown: `plain` takes all markup away.
"""

import html
import re
from enum import Enum

import nh3
from markdown_it import MarkdownIt

_SIMPLE = frozenset({"a", "br", "code", "del", "em", "li", "ol", "p", "s", "strong", "ul"})


class Kind(Enum):
    """The elements that a kind of field may have."""

    PROFILE = _SIMPLE
    """A few paragraphs among other things on a page: no headings, no tables."""
    POST = _SIMPLE | {
        "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "table", "tbody", "td", "th", "thead", "tr",
    }  # fmt: skip
    """A text of its own, such as a question in the forum."""


ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}
SCHEMES = {"https", "mailto"}
LINK_RELATION = "nofollow ugc noopener noreferrer"

_LANGUAGE = re.compile(r"language-[A-Za-z0-9+#-]{1,30}\Z")
parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render(markdown: str, kind: Kind) -> str:
    """HTML that is safe to show as it is. Source: the allow-lists above; nh3 is Ammonia, an HTML5 sanitiser."""
    return nh3.clean(
        parser.render(markdown),
        tags=set(kind.value),
        attributes=ATTRIBUTES,
        attribute_filter=_kept_attribute,
        url_schemes=SCHEMES,
        link_rel=LINK_RELATION,
    )


def plain(text: str) -> str:
    """The text without any markup; what it holds of `<` and `&` is text again, to be escaped by whoever shows it."""
    return html.unescape(nh3.clean(text, tags=set()))


def _kept_attribute(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("code", "class"):
        return value if _LANGUAGE.match(value) else None
    if attribute == "href":
        # nh3 lets addresses without a scheme through: they would lead wherever the page is shown.
        return value if value.lower().startswith(("https://", "mailto:")) else None
    return value
