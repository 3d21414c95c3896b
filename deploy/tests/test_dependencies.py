"""What is installed is what was locked: each package at one version, each file of it by its hash."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
SBOM = str(PROJECT_DIR / "deploy" / "sbom.py")
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9, ._-]+\])?==\S+( ; .+)?( --hash=sha256:[0-9a-f]{64})+$")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    text = (PROJECT_DIR / name).read_text().replace("\\\n", " ")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

    assert len(lines) > 50
    assert [line[:60] for line in lines if not PINNED.match(line)] == []


def test_image_installs_nothing_without_a_hash() -> None:
    assert "--require-hashes" in (PROJECT_DIR / "Dockerfile").read_text()


def test_bill_of_materials_names_every_package_and_crate_once() -> None:
    found = json.loads(subprocess.run([sys.executable, SBOM], check=True, capture_output=True, text=True).stdout)
    purls = [component["purl"] for component in found["components"]]
    packages = re.findall(r"^([a-z0-9][a-z0-9._-]*)", (PROJECT_DIR / "requirements.txt").read_text(), re.MULTILINE)
    crates = (PROJECT_DIR / "matcher-rs" / "Cargo.lock").read_text().count("\nchecksum = ")

    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert len(purls) == len(set(purls)) == len(packages) + crates
    assert [
        purl for purl in purls if not re.fullmatch(r"pkg:(pypi|cargo)/[A-Za-z0-9._-]+@[A-Za-z0-9.%+-]+", purl)
    ] == []
    assert all("hashes" in component or "properties" in component for component in found["components"])


def test_bill_of_materials_is_the_same_for_the_same_locks() -> None:
    once, twice = (subprocess.run([sys.executable, SBOM], check=True, capture_output=True).stdout for _ in range(2))
    assert once == twice
