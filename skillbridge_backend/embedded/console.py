"""What the developer sees: one prefixed line for each line of a process, progress of long steps, one line of failure.

Belongs here: how things are printed. Colour only on a terminal and without NO_COLOR (https://no-color.org).
"""

import os
import sys
import time
from typing import TextIO

_RESET = "\033[0m"
_BOLD = "\033[1m"
_DIM = "\033[2m"
_RED = "\033[31m"
_GREEN = "\033[32m"
_YELLOW = "\033[33m"
_PREFIX_COLOURS = ("\033[36m", "\033[35m", "\033[34m", "\033[33m", "\033[32m", "\033[96m", "\033[95m", "\033[94m")
_QUIET_SECONDS = 10.0


class Console:
    """Prints lines; goes silent, instead of ending everything, when nobody reads any more."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.is_terminal = self._stream.isatty()
        self._is_coloured = self.is_terminal and not os.environ.get("NO_COLOR")
        self._is_readable = True
        self._has_progress = False
        self._colours: dict[str, str] = {}
        self._shown: dict[str, float] = {}

    def process_line(self, name: str, line: str) -> None:
        """One line that the process `name` wrote."""
        colour = self._colours.setdefault(name, _PREFIX_COLOURS[len(self._colours) % len(_PREFIX_COLOURS)])
        self._write(f"{self._paint(colour, f'{name:<10} |')} {line}\n")

    def say(self, text: str) -> None:
        """A plain line of our own."""
        self._write(f"{text}\n")

    def done(self, step: str, started: float) -> None:
        """A step that is finished; `started` is from time.monotonic()."""
        seconds = self._paint(_DIM, f"({time.monotonic() - started:.1f} s)")
        self._write(f"  {self._paint(_GREEN, 'ok')} {step} {seconds}\n")

    def warn(self, text: str) -> None:
        """Something the developer should know, though the start goes on."""
        self._write(f"  {self._paint(_YELLOW, '!!')} {text}\n")

    def progress(self, step: str, doing: str, started: float) -> None:
        """Where a long step is: a line that changes on a terminal, one line in ten seconds elsewhere."""
        seconds = time.monotonic() - started
        if self.is_terminal:
            width = max(20, _columns() - 1)
            self._write(f"  {step} … {seconds:.0f} s  {doing}"[:width], is_progress=True)
            return
        if time.monotonic() - self._shown.get(step, 0.0) >= _QUIET_SECONDS:
            self._shown[step] = time.monotonic()
            self._write(f"  {step} … {seconds:.0f} s  {doing}\n")

    def failure(self, text: str) -> None:
        """The one line that ends a start."""
        self._write(f"{self._paint(_RED, 'SkillBridge cannot start:')} {text}\n")

    def heading(self, text: str) -> None:
        """The title of a table."""
        self._write(f"\n{self._paint(_BOLD, text)}\n")

    def row(self, name: str, value: str, note: str = "") -> None:
        """A row of the table that ends a start."""
        self._write(f"  {name:<14}{self._paint(_BOLD, value)}{self._paint(_DIM, f'  {note}') if note else ''}\n")

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._is_coloured else text

    def _write(self, text: str, *, is_progress: bool = False) -> None:
        if not self._is_readable:
            return
        clear = "\r\033[K" if self._has_progress else ""
        self._has_progress = is_progress
        try:
            self._stream.write(clear + text)
            self._stream.flush()
        except (BrokenPipeError, ValueError, OSError):  # `make run | head`, or the terminal was closed
            self._is_readable = False


def _columns() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80
