"""What is printed: plain text without a terminal, silence when nobody reads."""

import io
import os
import pty
import time

import pytest

from skillbridge_backend.embedded.console import Console

LAST_WORDS = b"note"


def print_everything(console: Console) -> None:
    console.process_line("web", "hello")
    console.say("plain")
    console.done("a step", time.monotonic())
    console.warn("careful")
    console.progress("a long step", "doing it", time.monotonic() - 12)
    console.progress("a long step", "still", time.monotonic() - 13)
    console.failure("what: remedy")
    console.heading("Title")
    console.row("name", "value", "note")


def test_without_a_terminal_there_are_no_escapes_and_progress_is_rare() -> None:
    stream = io.StringIO()
    print_everything(Console(stream))
    assert stream.getvalue() == (
        "web        | hello\nplain\n  ok a step (0.0 s)\n  !! careful\n  a long step … 12 s  doing it\n"
        "SkillBridge cannot start: what: remedy\n\nTitle\n  name          value  note\n"
    )


def on_terminal() -> str:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        print_everything(Console(stream))
        text = b""
        # A terminal hands over what it has by now, not all there is.
        while LAST_WORDS not in text:
            text += os.read(leader, 65536)
    os.close(leader)
    return text.decode()


def test_on_a_terminal_there_is_colour_and_progress_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = on_terminal()
    assert "\033[36mweb        |\033[0m hello" in text
    assert "  a long step … 13 s  still\r\033[K" in text


def test_no_color_is_obeyed_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033[3" not in on_terminal()


def test_reader_that_went_away_does_not_end_the_start() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(os.dup(writing), "w", buffering=1) as stream:
        console = Console(stream)
        console.say("nobody reads this")
        console.say("nor this")
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that closing it does not fail
    os.close(writing)
