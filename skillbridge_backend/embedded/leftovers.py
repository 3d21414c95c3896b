"""Finds and ends processes that an earlier run left behind.

A process belongs to an installation if its environment says so: the supervisor starts each with `MARKER` set to the
installation's folder, children inherit it, and whatever they forked, detached or renamed is still found by it. A pid
file would miss them, and may name a stranger after a restart of the machine.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

MARKER = "SKILLBRIDGE_INSTALLATION"
_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "environ").exists()  # Linux; elsewhere there is ps


def command_line(pid: int) -> str:
    """The command of a running process, '' if there is none."""
    if _HAS_PROC:
        try:
            return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    return subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    ).stdout.strip()


def is_running(pid: int) -> bool:
    """True unless the process has ended; a zombie has."""
    if _HAS_PROC:
        try:
            state = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state not in {"Z", "X"}
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def of_installation(folder: Path) -> list[int]:
    """Process ids of everything that was started for the installation in `folder`, but ourselves."""
    marker = f"{MARKER}={folder}"
    return [pid for pid, environment in _environments() if marker in environment and pid != os.getpid()]


def end(pids: list[int], *, grace_seconds: float) -> None:
    """Ends the processes: asked by SIGTERM, and after the grace time killed. Returns when they are gone."""
    _signal(pids, signal.SIGTERM)
    if not _gone(pids, grace_seconds):
        _signal(pids, signal.SIGKILL)
        _gone(pids, 5.0)


def wait_until_gone(pid: int, timeout_seconds: float) -> bool:
    """True once the process has ended, False if it took longer."""
    return _gone([pid], timeout_seconds)


def _environments() -> list[tuple[int, list[str]]]:
    if _HAS_PROC:
        found = []
        for folder in _PROC.iterdir():
            if not folder.name.isdigit():
                continue
            try:
                content = (folder / "environ").read_bytes()
            except OSError:  # another user's, or just ended
                continue
            found.append((int(folder.name), content.decode(errors="replace").split("\0")))
        return found
    listing = subprocess.run(["ps", "-Axwwo", "pid=,command=", "-E"], check=False, capture_output=True, text=True)
    lines = [line.split() for line in listing.stdout.splitlines()]
    return [(int(words[0]), words[1:]) for words in lines if words and words[0].isdigit()]


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _gone(pids: list[int], timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
