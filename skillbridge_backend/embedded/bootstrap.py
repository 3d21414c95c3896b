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
_QUIET_SECONDS = 10.0


class Checkout:
    """The paths that matter in a checkout."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the one with requirements-dev.txt in it."""
        self.folder = folder
        self.venv = folder / ".venv"
        self.requirements = folder / "requirements-dev.txt"
        self.stamp = self.venv / ".installed"
        self.log = folder / ".local" / "logs" / "install.log"
        self.lock = folder / ".local" / "install.lock"

    def fingerprint(self) -> str:
        """Changes when the requirements change, or the checkout or its Python move."""
        parts = (self.requirements.read_bytes(), str(self.venv).encode(), sys.version.encode())
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def is_current(self) -> bool:
        """True when an installation of exactly these requirements was finished here."""
        is_finished = self.stamp.exists() and (self.venv / "bin" / "python").exists()
        return is_finished and self.stamp.read_text() == self.fingerprint()


def main(arguments: list[str]) -> NoReturn:
    """Become `arguments`, run inside the virtual environment."""
    checkout = Checkout(PROJECT_DIR)
    ensure_environment(checkout)
    os.environ["VIRTUAL_ENV"] = str(checkout.venv)
    os.environ["PATH"] = f"{checkout.venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        os.execvp(arguments[0], arguments)
    except OSError as fault:
        _refuse(f"{arguments[0]} cannot be run ({fault.strerror})", "run `rm -r .venv` and the same command again")


def ensure_environment(checkout: Checkout) -> None:
    """Make `.venv` unless it is up to date; one process at a time, a second one waits.

    Every fault ends the process with one line and exit code 1.
    """
    try:
        checkout.log.parent.mkdir(parents=True, exist_ok=True)
        with checkout.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _say("waiting for another installation in this folder …")
                fcntl.flock(lock, fcntl.LOCK_EX)
            if not checkout.is_current():
                _install(checkout, lock.fileno())
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            _refuse(f"the disk that holds {checkout.folder} is full", "free some space and run the same command again")
        _refuse(f"{fault.filename or checkout.folder}: {fault.strerror}", "start as a user who may write there")
    except KeyboardInterrupt:
        _refuse("interrupted during the installation", "run the same command again, it starts over")


def _install(checkout: Checkout, lock: int) -> None:
    """Make `.venv` anew; the stamp comes last, so that a half-finished one is seen as such."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        _refuse(
            f"{sys.executable} lacks the standard module {missing[0]}",
            "install it (Debian and Ubuntu: `apt install python3-venv`)",
        )
    started = time.monotonic()
    if checkout.venv.exists():
        _say("making the virtual environment anew: it is half-finished or out of date …")
        shutil.rmtree(checkout.venv)
    _run(checkout, "making the virtual environment", [sys.executable, "-m", "venv", str(checkout.venv)], lock, total=0)
    count = sum(1 for line in checkout.requirements.read_text().splitlines() if "==" in line)
    command = [str(checkout.venv / "bin" / "python"), "-m", "pip", "install", "--require-hashes", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--requirement", str(checkout.requirements)]
    _run(checkout, "installing the locked requirements", command, lock, total=count)
    unfinished = checkout.stamp.with_suffix(".unfinished")
    unfinished.write_text(checkout.fingerprint())
    unfinished.replace(checkout.stamp)
    _say(f"installed {count} locked packages into .venv ({time.monotonic() - started:.0f} s)")


def _run(checkout: Checkout, what: str, command: list[str], lock: int, *, total: int) -> None:
    """Run an installation step with progress; refuse to go on if it fails, with its last words.

    The step holds the lock too: should we be killed, the next installation waits for what we left running.
    """
    with checkout.log.open("a") as log:
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
            pass_fds=(lock,),
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
        _refuse(*reason(checkout, what, lines))


def reason(checkout: Checkout, what: str, lines: list[str]) -> tuple[str, str]:
    """What went wrong in a failed step, and what to do."""
    text = "\n".join(lines)
    if os.strerror(errno.ENOSPC) in text:
        return f"the disk that holds {checkout.folder} is full", "free some space and run the same command again"
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
