"""docs/security.md names tests that there are, and every number says which."""

import ast

import pytest

from skillbridge_backend.settings.environment import BASE_DIR
from tests.security_page import requirements


def test_every_number_has_tests() -> None:
    assert [each.number for each in requirements()] == list(range(1, 56))
    assert [each.number for each in requirements() if not each.tests] == []


@pytest.mark.parametrize("test", sorted({test for each in requirements() for test in each.tests}))
def test_test_exists(test: str) -> None:
    file, *names = test.split("::")
    body = ast.parse((BASE_DIR / file).read_text()).body
    for name in names:
        found = [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name]
        assert found, f"{file} has no {name}"
        body = found[0].body
