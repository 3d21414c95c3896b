"""From Markdown to the HTML that is shown: CommonMark with tables, then an allow-list. Pure: no database, no settings.

Two walls: the Markdown parser passes no HTML through, and nh3 keeps only the elements and attributes named here. There
are no images (they call home), and links lead to https or mailto only.
"""

import re
from collections.abc import Iterable, Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}
SCHEMES = {"https", "mailto"}
LINK_RELATION = "nofollow ugc noopener noreferrer"
MOST_MENTIONS = 10

_LANGUAGE = re.compile(r"language-[A-Za-z0-9+#-]{1,30}\Z")
_MENTION = re.compile(r"(?<![\w@/.-])@([A-Za-z0-9](?:[A-Za-z0-9_-]{0,39}))")
_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render(markdown: str) -> str:
    """HTML that is safe to show as it is. Source: the allow-list above; nh3 is Ammonia, an HTML5 sanitiser."""
    return nh3.clean(
        _parser.render(markdown),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_kept_attribute,
        url_schemes=SCHEMES,
        link_rel=LINK_RELATION,
    )


def mentioned_handles(markdown: str) -> list[str]:
    """The handles named as `@handle`: in lower case, each once, in order. In code and in links there are none."""
    found = (match.lower() for text in _plain_texts(_parser.parse(markdown)) for match in _MENTION.findall(text))
    return list(dict.fromkeys(found))


def _kept_attribute(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("code", "class"):
        return value if _LANGUAGE.match(value) else None
    if attribute == "href":
        # nh3 lets addresses without a scheme through: they would lead wherever the page is shown.
        return value if value.lower().startswith(("https://", "mailto:")) else None
    return value


def _plain_texts(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        links_open = 0
        for child in token.children or ():
            links_open += (child.type == "link_open") - (child.type == "link_close")
            if child.type == "text" and not links_open:
                yield child.content
