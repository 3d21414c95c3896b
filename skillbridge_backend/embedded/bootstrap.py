"""Makes the virtual environment if it is missing or out of date, then becomes the command it was given.

    python3 -I skillbridge_backend/embedded/bootstrap.py COMMAND [ARGUMENT ...]

Started by file path, with the standard library only: nothing of ours can be imported before the requirements are there.
The first lines must run on a Python too old for the rest. Belongs here: `.venv` and nothing else.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the very check
    sys.stderr.write(
        "SkillBridge cannot start: it needs Python 3.11 or newer, and {} is {}.{}: install a newer one,"
        " or name it with `make PYTHON=/path/to/python3.11 ...`\n".format(sys.executable, *sys.version_info[:2])
    )
    sys.exit(1)

import errno
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import NoReturn

PROJECT_DIR = Path(__file__).resolve().parents[2]
VENV_DIR = PROJECT_DIR / ".venv"
REQUIREMENTS = PROJECT_DIR / "requirements-dev.txt"
STAMP = VENV_DIR / ".installed"
LOG = PROJECT_DIR / ".local" / "logs" / "install.log"
_QUIET_SECONDS = 10.0


def main(arguments: list[str]) -> NoReturn:
    """Become `arguments`, run inside the virtual environment."""
    try:
        with _alone():
            if not _is_current():
                _install()
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            _refuse(f"the disk that holds {PROJECT_DIR} is full", "free some space and run the same command again")
        _refuse(f"{fault.filename or PROJECT_DIR}: {fault.strerror}", "start as a user who may write there")
    except KeyboardInterrupt:
        _refuse("interrupted during the installation", "run the same command again, it starts over")
    os.environ["VIRTUAL_ENV"] = str(VENV_DIR)
    os.environ["PATH"] = f"{VENV_DIR / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        os.execvp(arguments[0], arguments)
    except OSError as fault:
        _refuse(f"{arguments[0]} cannot be run ({fault.strerror})", "run `rm -r .venv` and the same command again")


class _alone:  # noqa: N801 - reads as a statement
    """Lets one process at a time look at or change `.venv`; a second one waits."""

    def __enter__(self) -> None:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        self._lock = (PROJECT_DIR / ".local" / "install.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another installation in this folder …")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._lock.close()


def _fingerprint() -> str:
    """Changes when the requirements change, or the checkout or its Python move."""
    parts = (REQUIREMENTS.read_bytes(), str(VENV_DIR).encode(), sys.version.encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_current() -> bool:
    """True when an installation of exactly these requirements was finished here."""
    return STAMP.exists() and STAMP.read_text() == _fingerprint() and (VENV_DIR / "bin" / "python").exists()


def _install() -> None:
    """Make `.venv` anew; the stamp comes last, so that a half-finished one is seen as such."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        _refuse(
            f"{sys.executable} lacks the standard module {missing[0]}",
            "install it (Debian and Ubuntu: `apt install python3-venv`)",
        )
    started = time.monotonic()
    if VENV_DIR.exists():
        _say("making the virtual environment anew: it is half-finished or out of date …")
        shutil.rmtree(VENV_DIR)
    _run("making the virtual environment", [sys.executable, "-m", "venv", str(VENV_DIR)], total=0)
    count = sum(1 for line in REQUIREMENTS.read_text().splitlines() if "==" in line)
    command = [str(VENV_DIR / "bin" / "python"), "-m", "pip", "install", "--require-hashes", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--requirement", str(REQUIREMENTS)]
    _run("installing the locked requirements", command, total=count)
    unfinished = STAMP.with_suffix(".unfinished")
    unfinished.write_text(_fingerprint())
    unfinished.replace(STAMP)
    _say(f"installed {count} locked packages into .venv ({time.monotonic() - started:.0f} s)")


def _run(what: str, command: list[str], *, total: int) -> None:
    """Run an installation step with progress; refuse to go on if it fails, with its last words."""
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        seen = 0
        started = shown = time.monotonic()
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as step:
            assert step.stdout is not None
            lines = []
            for line in step.stdout:
                log.write(line)
                lines.append(line.strip())
                seen += line.startswith("Collecting ")
                now = time.monotonic()
                doing = f"{seen} of {total}" if seen < total else "unpacking"
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r\033[K  {what} … {doing if total else ''} {now - started:.0f} s")
                    sys.stderr.flush()
                elif now - shown > _QUIET_SECONDS or len(lines) == 1:
                    shown = now
                    _say(f"{what} … {doing if total else ''}")
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
    if step.returncode != 0:
        _refuse(*_reason(what, lines))


def _reason(what: str, lines: list[str]) -> tuple[str, str]:
    """What went wrong in a failed step, and what to do."""
    text = "\n".join(lines)
    if os.strerror(errno.ENOSPC) in text:
        return f"the disk that holds {PROJECT_DIR} is full", "free some space and run the same command again"
    if "NewConnectionError" in text or "ConnectTimeout" in text or "Temporary failure in name" in text:
        return "the package index cannot be reached", "check the network (or PIP_INDEX_URL) and run the same again"
    if "DO NOT MATCH THE HASHES" in text:
        return "a package differs from its locked hash", "do not use this index; the log is in .local/logs/install.log"
    if "ensurepip" in text:
        return f"{what} failed for want of ensurepip", "install it (Debian and Ubuntu: `apt install python3-venv`)"
    errors = [line for line in lines if line.lower().startswith("error")] or lines[-1:] or ["no message"]
    return f"{what} failed ({errors[0]})", "the whole log is in .local/logs/install.log"


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def _refuse(what: str, remedy: str) -> NoReturn:
    sys.stderr.write(f"SkillBridge cannot start: {what}: {remedy}\n")
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:] or ["python"])
