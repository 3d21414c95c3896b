"""What is installed is what was locked: each package at one version, each file of it by its hash."""

import re
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9, ._-]+\])?==\S+( ; .+)?( --hash=sha256:[0-9a-f]{64})+$")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    text = (PROJECT_DIR / name).read_text().replace("\\\n", " ")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

    assert len(lines) > 50
    assert [line[:60] for line in lines if not PINNED.match(line)] == []


def test_image_installs_nothing_without_a_hash() -> None:
    assert "--require-hashes" in (PROJECT_DIR / "Dockerfile").read_text()
