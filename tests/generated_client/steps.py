"""Makes a client from the schema of a running installation, and lets it walk.

The generator is openapi-python-client. What it warns of, what mypy finds in `walk.py` beside its code, and what comes
with another type than it declares are faults of the schema, and are repaired there.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.drills.target import Target

WALK = Path(__file__).with_name("walk.py")
PACKAGE = "skillbridge_client"
# The generator knows JSON and text; the others are bytes to it, as to anybody.
CONFIGURATION = """
content_type_overrides:
  image/webp: application/octet-stream
  application/zip: application/octet-stream
post_hooks: []
"""


def steps(target: Target, folder: Path) -> Iterator[dict[str, Any]]:
    """Each step with its `name`, its `seconds`, and `failure` where it failed, which ends them. `folder` is made."""
    folder.mkdir(parents=True)
    (folder / "generator.yml").write_text(CONFIGURATION)
    (folder / WALK.name).write_text(WALK.read_text())
    generate = (
        *("openapi_python_client", "generate", "--url", f"{target.url}/api/v1/schema/", "--fail-on-warning"),
        *("--meta", "none", "--config", "generator.yml", "--output-path", PACKAGE),
    )
    check = ("mypy", "--strict", "--follow-imports", "silent", "--config-file=", WALK.name)
    walk = (WALK.stem, target.url, target.installation.url("mailbox"))
    for name, command in (
        ("a client is generated from the schema, without a warning", generate),
        ("what it is given and what it answers has the types that it declares", check),
        ("it signs up, shows a second factor, refreshes, plans a roadmap, ends a session", walk),
    ):
        began = time.monotonic()
        failure = _failure_of(command, folder)
        yield {"name": name, "seconds": time.monotonic() - began, **({"failure": failure} if failure else {})}
        if failure:
            return


def _failure_of(command: tuple[str, ...], folder: Path) -> str:
    """What a module that was run says when it fails; '' when it does not. It finds the client in `folder`."""
    environment = os.environ | {"MYPYPATH": ".", "PYTHONPATH": str(folder), "NO_COLOR": "1"}
    # Its settings are not ours to give: a client has none.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return f"{done.stdout}{done.stderr}"[-6000:] if done.returncode else ""
