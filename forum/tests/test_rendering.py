"""Whom a post names. What becomes of its Markdown: core/tests/test_markdown.py."""

import pytest

from forum.rendering import mentioned_handles


@pytest.mark.parametrize(
    ("markdown", "handles"),
    [
        ("@ada and @Bob-1, @ada!", ["ada", "bob-1"]),
        ("mail ada@x.test and a/@b", []),
        ("`@ada` and\n\n```\n@bob\n```\n\n    @eve", []),
        ("[@ada](https://x.test) @bob", ["bob"]),
        ("**@ada** (@bob)\n\n- @eve", ["ada", "bob", "eve"]),
        ("@ @-x @@ada", []),
        ("", []),
    ],
)
def test_mentions(markdown: str, handles: list[str]) -> None:
    assert mentioned_handles(markdown) == handles
