"""Every kind and every account e-mail has words, and no words break out of their place."""

import re
from typing import Any

import pytest
from django.test import override_settings

from notifications.enums import AccountTemplate, Kind
from notifications.texts import LONGEST_SUBJECT, subject_of, words_of

FULL = {
    "title": "Joining tables",
    "by": "ada",
    "description": "First one.",
    "reason": "No time.",
    "minutes": 30,
    "body": "News.",
}
TEMPLATES = [*Kind.values, *(f"account/{template}" for template in AccountTemplate.values)]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("data", [{}, FULL], ids=["bare", "full"])
def test_every_template_renders(template: str, data: dict[str, Any]) -> None:
    words = words_of(template, {**data, "name": "Ada"}, link="https://x.test/a?b=1&c=2", link_text="Open")
    assert 10 < len(words.subject) <= LONGEST_SUBJECT
    assert not re.search(r"\{[{%]|None|“”|\(\)|: *$", words.subject)
    assert "https://x.test/a?b=1&c=2" in words.text
    assert "https://x.test/a?b=1&amp;c=2" in words.html
    assert not re.search(r"\{[{%]|None|“”|  |\.\.", words.text)
    assert words.text.splitlines()[0].strip()


@pytest.mark.parametrize("kind", [kind for kind in Kind.values if kind != "announcement"])
def test_text_differs_from_kind_to_kind(kind: str) -> None:
    mine = words_of(kind, FULL)
    others = [words_of(other, FULL) for other in Kind.values if other != kind]
    assert mine.subject not in {other.subject for other in others}
    assert mine.text not in {other.text for other in others}


@pytest.mark.parametrize("kind", ["reply_posted", "announcement", "match_declined"])
def test_html_in_data_is_escaped_in_html_only(kind: str) -> None:
    nasty = '<script>alert("x")</script>'
    words = words_of(kind, {"title": nasty, "by": nasty, "body": nasty, "reason": nasty})
    assert "<script>" not in words.html
    assert "&lt;script&gt;" in words.html
    assert nasty in words.text


def test_template_syntax_in_data_is_not_run() -> None:
    words = words_of("announcement", {"title": "{{ name }}", "body": "{% include 'x' %}", "name": "secret"})
    assert words.subject == "{{ name }}"
    assert "secret" not in words.text + words.html


@pytest.mark.parametrize("title", ["a\r\nBcc: x@y.test", "a\x00b\x1b", "a\u2028b"])
def test_subject_is_one_printable_line(title: str) -> None:
    subject = subject_of("announcement", {"title": title})
    assert subject.isprintable()
    assert "\n" not in subject


def test_long_subject_is_cut() -> None:
    subject = subject_of("announcement", {"title": "x" * 500})
    assert len(subject) == LONGEST_SUBJECT
    assert subject.endswith("…")


@override_settings(WEB_APP_URL="https://app.test")
def test_footer_names_the_application() -> None:
    words = words_of("mentioned", FULL, unsubscribe="https://api.test/u")
    assert words.text.endswith("SkillBridge, https://app.test\nNo more e-mails of this kind: https://api.test/u\n")
