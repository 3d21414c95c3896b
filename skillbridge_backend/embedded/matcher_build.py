"""Builds `matcher-rs` with cargo, where there is one.

Belongs here: the build and its progress. Running the binary is the supervisor's work.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .failure import NO_SPACE_TEXT, StartError, disk_full

BINARY_NAME = "matcher-server"


def is_built(project_dir: Path) -> bool:
    """True where a build was finished once, so that bringing it up to date takes seconds, not minutes."""
    return find_cargo() is not None and binary(project_dir).exists()


def find_cargo() -> str | None:
    """Path of cargo, also where rustup put it and the shell has not been told yet."""
    return shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo" / "bin"))


def command(cargo: str) -> tuple[str, ...]:
    """The build; cargo itself knows when there is nothing to do."""
    return (cargo, "build", "--release", "--locked", "--bin", BINARY_NAME)


def workspace(project_dir: Path) -> Path:
    """The folder that cargo runs in."""
    return project_dir / "matcher-rs"


def binary(project_dir: Path) -> Path:
    """Where the build leaves its result."""
    named = os.environ.get("CARGO_TARGET_DIR")
    return Path(named or workspace(project_dir) / "target") / "release" / BINARY_NAME


def build(project_dir: Path) -> Path:
    """Path of the release binary, brought up to date.

    Raises StartError with cargo's first error.
    """
    cargo = find_cargo()
    if cargo is None:
        raise StartError("there is no cargo on this machine", "install Rust from https://rustup.rs")
    built = subprocess.run(
        command(cargo),
        check=False,
        cwd=workspace(project_dir),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if built.returncode != 0:
        raise failure(project_dir, built.stderr.splitlines())
    return binary(project_dir)


def failure(project_dir: Path, lines: Iterable[str]) -> StartError:
    """What a failed build's output says."""
    printed = list(lines)
    if any(NO_SPACE_TEXT in line for line in printed):
        return disk_full(workspace(project_dir))
    first_error = next((line.strip() for line in printed if line.startswith("error")), "no message")
    return StartError(
        f"cargo could not build the matcher ({first_error})",
        "run `cargo build --release` in matcher-rs to see all of it",
    )
