"""Reads docs/security.md: which tests show which requirement. The root conftest marks the tests by it."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "security.md"
_SECTION = re.compile(r"^## .*\(`(\w+)`\)$")
_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line: its number, the mark of its section, and the tests."""

    number: int
    mark: str
    tests: tuple[str, ...]


def requirements() -> list[Requirement]:
    """In the order of the page."""
    found, mark = [], ""
    for line in PAGE.read_text().splitlines():
        if section := _SECTION.match(line):
            mark = section[1]
        elif row := _ROW.match(line):
            tests = tuple(re.findall(r"`([\w/]+/test_\w+\.py(?:::\w+)*)`", row[3]))
            found.append(Requirement(int(row[1]), mark, tests))
    return found


def marks_of(node: str) -> set[str]:
    """The marks of a test, by its node id without parameters."""
    plain = node.partition("[")[0]
    return {mark for test, mark in _TESTS if plain == test or plain.startswith(f"{test}::")}


_TESTS = {(test, each.mark) for each in requirements() for test in each.tests}
MARKS = {each.mark: f"docs/security.md, section {each.mark}" for each in requirements()}
