"""`make sbom`: what the images are made of, as CycloneDX 1.6, from the two locks and nothing else.

Our images take Python packages from requirements.txt and crates from matcher-rs/Cargo.lock; what the base image holds
is told by its maker. Without times and random numbers: the same locks give the same bytes. A package's hashes in
requirements.txt are those of all its wheels, of which one is installed, so they stand in a property and not as the
component's own. Standard library only, so that it runs in a bare checkout.
Source: https://cyclonedx.org/docs/1.6/json/, https://github.com/package-url/purl-spec.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parents[1]
_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)")


def python_components(lock: str) -> list[dict[str, Any]]:
    """One component for each package of a requirements.txt."""
    found = []
    for line in lock.replace("\\\n", " ").splitlines():
        if pinned := _PINNED.match(line):
            name, version = pinned[1], pinned[2]
            hashes = re.findall(r"--hash=(sha256:[0-9a-f]{64})", line)
            found.append(
                _component("pypi", name, version, [{"name": "skillbridge:wheel", "value": each} for each in hashes])
            )
    return found


def rust_components(lock: str) -> list[dict[str, Any]]:
    """One component for each crate of a Cargo.lock that comes from a registry; its checksum is that of the one file."""
    crates = [crate for crate in tomllib.loads(lock)["package"] if "checksum" in crate]
    return [
        _component("cargo", crate["name"], crate["version"], [])
        | {"hashes": [{"alg": "SHA-256", "content": crate["checksum"]}]}
        for crate in crates
    ]


def document(project: Path = PROJECT_DIR) -> dict[str, Any]:
    """The bill of materials."""
    components = [
        *python_components((project / "requirements.txt").read_text()),
        *rust_components((project / "matcher-rs" / "Cargo.lock").read_text()),
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "skillbridge", "bom-ref": "skillbridge"}},
        "components": components,
    }


def _component(kind: str, name: str, version: str, properties: list[dict[str, str]]) -> dict[str, Any]:
    purl = f"pkg:{kind}/{name}@{version.replace('+', '%2B')}"
    component: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return component | ({"properties": properties} if properties else {})


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1)
    sys.stdout.write("\n")
