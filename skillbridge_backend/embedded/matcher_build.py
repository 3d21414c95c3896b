"""Builds `matcher-rs` with cargo, where there is one.

Belongs here: the build and its progress. Running the binary is the supervisor's work.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from .failure import NO_SPACE_TEXT, StartFailure, disk_full

BINARY_NAME = "matcher-server"


def can_build(project_dir: Path) -> bool:
    """True where there is a cargo and something to build."""
    return find_cargo() is not None and (project_dir / "matcher-rs" / "Cargo.toml").exists()


def find_cargo() -> str | None:
    """Path of cargo, also where rustup put it and the shell has not been told yet."""
    return shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo" / "bin"))


def build(project_dir: Path, log: Callable[[str], None]) -> Path:
    """Path of the release binary, brought up to date; cargo itself knows when there is nothing to do.

    `log` gets each line that cargo prints. Raises StartFailure with cargo's first error.
    """
    cargo = find_cargo()
    if cargo is None:
        raise StartFailure("there is no cargo on this machine", "install Rust from https://rustup.rs")
    workspace = project_dir / "matcher-rs"
    target_dir = Path(os.environ.get("CARGO_TARGET_DIR") or workspace / "target")
    command = [cargo, "build", "--release", "--locked", "--bin", BINARY_NAME]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target_dir), "CARGO_TERM_COLOR": "never"}
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as cargo_process:
        assert cargo_process.stderr is not None  # PIPE
        for line in cargo_process.stderr:
            lines.append(line.rstrip())
            log(lines[-1].strip())
    if cargo_process.returncode != 0:
        raise _failure(workspace, lines)
    return target_dir / "release" / BINARY_NAME


def _failure(workspace: Path, lines: list[str]) -> StartFailure:
    if any(NO_SPACE_TEXT in line for line in lines):
        return disk_full(workspace)
    first_error = next((line.strip() for line in lines if line.startswith("error")), "no message")
    return StartFailure(
        f"cargo could not build the matcher ({first_error})",
        "run `cargo build --release` in matcher-rs to see all of it",
    )
