"""The words of e-mails and summaries, from the templates of each kind.

A kind has two files in `templates/notifications/email/`: `<kind>/subject.txt` and `<kind>/body.txt`. They are plain
text, so they are rendered without escaping; `layout.html` escapes the text that they give when it makes the HTML of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.template.loader import render_to_string

LONGEST_SUBJECT = 150
FOLDER = "notifications/email"


@dataclass(frozen=True, slots=True)
class Words:
    """The three parts of an e-mail."""

    subject: str
    text: str
    html: str


def subject_of(template: str, words: Mapping[str, Any]) -> str:
    """One line of at most 150 characters, without control characters: it becomes a header."""
    line = " ".join(_plain(f"{template}/subject.txt", words).split())
    line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def words_of(
    template: str, words: Mapping[str, Any], *, link: str = "", link_text: str = "", unsubscribe: str = ""
) -> Words:
    """Subject, plain text and HTML of an e-mail; `link` is its one button, where there is one."""
    subject = subject_of(template, words)
    frame = {
        "subject": subject,
        "paragraphs": [p for p in _plain(f"{template}/body.txt", words).strip().split("\n\n") if p.strip()],
        "link": link,
        "link_text": link_text,
        "unsubscribe": unsubscribe,
        "home": settings.WEB_APP_URL,
    }
    return Words(subject, _plain("layout.txt", frame).strip() + "\n", render_to_string(f"{FOLDER}/layout.html", frame))


def _plain(name: str, words: Mapping[str, Any]) -> str:
    template = Engine.get_default().get_template(f"{FOLDER}/{name}")
    return str(template.render(Context(dict(words), autoescape=False)))
