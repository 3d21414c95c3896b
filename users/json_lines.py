"""JSON whose values know the line they stand in, for messages about files that people wrote by hand. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Located:
    """A value and its line, counted from 1. `members` are an object's, `items` a list's."""

    value: Any
    line: int
    members: dict[str, "Located"] = field(default_factory=dict)
    items: list["Located"] = field(default_factory=list)


def read_located(text: str) -> Located:
    """The value of `text`. Raises json.JSONDecodeError, which knows its line."""
    reader = _Reader(text)
    located = reader.value(depth=0)
    reader.expect_end()
    return located


class _Reader:
    """Reads on from `at`. Scalars are the standard library's business; objects and lists are walked for the lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._line = 1
        self._counted = 0

    def value(self, *, depth: int) -> Located:
        """The value that begins here, white space before it skipped."""
        opening = self._next_character()
        line = self._line_here()
        if depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} levels are nested")
        if opening == "{":
            members = {}
            for _ in self._elements("}"):
                name = self._name()
                members[name] = self.value(depth=depth + 1)
            return Located({name: member.value for name, member in members.items()}, line, members=members)
        if opening == "[":
            items = [self.value(depth=depth + 1) for _ in self._elements("]")]
            return Located([item.value for item in items], line, items=items)
        value, self.at = _DECODER.raw_decode(self.text, self.at)
        return Located(value, line)

    def expect_end(self) -> None:
        """Nothing but white space is left."""
        if self._next_character():
            raise self._error("something stands after the end")

    def _elements(self, closing: str) -> Iterator[None]:
        """Stops before each element of the object or list that begins here; the caller reads it."""
        self.at += 1
        if self._next_character() == closing:
            self.at += 1
            return
        while True:
            yield
            character = self._next_character()
            if character not in {",", closing}:
                raise self._error(f"expected ',' or '{closing}'")
            self.at += 1
            if character == closing:
                return

    def _name(self) -> str:
        if self._next_character() != '"':
            raise self._error("expected a member's name in double quotes")
        name, self.at = _DECODER.raw_decode(self.text, self.at)
        if self._next_character() != ":":
            raise self._error("expected ':'")
        self.at += 1
        return str(name)

    def _next_character(self) -> str:
        if match := _SPACE.match(self.text, self.at):
            self.at = match.end()
        return self.text[self.at : self.at + 1]

    def _line_here(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _error(self, message: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(message, self.text, self.at)
