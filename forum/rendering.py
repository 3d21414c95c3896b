"""A post: its HTML, and whom it names. Pure; what HTML may hold is said in `core/markdown.py`."""

import re
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from skillbridge_backend.core import markdown as core

MOST_MENTIONS = 10

_MENTION = re.compile(r"(?<![\w@/.-])@([A-Za-z0-9](?:[A-Za-z0-9_-]{0,39}))")


def render(markdown: str) -> str:
    """HTML that is safe to show as it is."""
    return core.render(markdown, core.Kind.POST)


def mentioned_handles(markdown: str) -> list[str]:
    """The handles named as `@handle`: in lower case, each once, in order. In code and in links there are none."""
    texts = _plain_texts(core.parser.parse(markdown))
    found = (match.lower() for text in texts for match in _MENTION.findall(text))
    return list(dict.fromkeys(found))


def _plain_texts(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        links_open = 0
        for child in token.children or ():
            links_open += (child.type == "link_open") - (child.type == "link_close")
            if child.type == "text" and not links_open:
                yield child.content
