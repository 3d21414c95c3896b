"""`python -m skillbridge_backend.embedded run | stop | clean | code | manage …`: what the targets of those names do.

`manage WORD …` is `manage.py WORD …` on a running installation: its servers, its secrets, the database owner's login.
"""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pyotp
from dotenv import dotenv_values

from . import leftovers, postgres, programs
from .console import Console
from .failure import StartError, machine_faults
from .installation import (
    PROJECT_DIR,
    Installation,
    as_last_started,
    from_environment,
    in_force,
    load_secrets,
)
from .lifeline import is_taken
from .start import Start

_STOP_SECONDS = 60.0


def main(arguments: list[str]) -> int:
    """Runs one command; the exit code."""
    console = Console()
    environment = {name: value for name, value in dotenv_values(PROJECT_DIR / ".env").items() if value is not None}
    environment |= os.environ
    try:
        installation = from_environment(environment)
        match arguments:
            case ["run"]:
                return asyncio.run(Start(installation, environment, console).run())
            case ["stop"]:
                return _stop(installation, console)
            case ["clean"]:
                # All of `.local`, or only the folder that was named.
                is_named = bool(environment.get("LOCAL_DIR"))
                return _clean(installation.folder if is_named else PROJECT_DIR / ".local", console)
            case ["code"]:
                return _code(installation, console)
            case ["manage", *words]:
                _manage(installation, environment, words)
            case _:
                console.failure("unknown command: write run, stop, clean, code or manage")
                return 2
    except StartError as failure:
        console.failure(str(failure))
    return 1


def _stop(installation: Installation, console: Console) -> int:
    pid = _running(installation.folder)
    if pid is None:
        console.say(f"SkillBridge does not run in {installation.folder}.")
        return 0
    os.kill(pid, signal.SIGTERM)
    if not leftovers.wait_until_gone(pid, _STOP_SECONDS):
        raise StartError(f"process {pid} did not stop within {_STOP_SECONDS:.0f} s", f"look at it, or `kill -9 {pid}`")
    console.say("Stopped.")
    return 0


def _code(installation: Installation, console: Console) -> int:
    """Says the present code of the development admin's authenticator app."""
    if not (installation.folder / "secrets.env").exists():
        raise StartError(f"there is no installation in {installation.folder}", "start one with `make run`")
    app = pyotp.TOTP(load_secrets(installation)["DEV_LOGIN_TOTP_SECRET"])
    console.say(f"{app.now()}  (for {app.interval - int(time.time()) % app.interval} seconds, once)")
    return 0


def _manage(installation: Installation, environment: Mapping[str, str], words: list[str]) -> NoReturn:
    """Becomes `manage.py`; raises StartError where nothing runs that it could act on."""
    if not (installation.folder / "secrets.env").exists():
        raise StartError(f"there is no installation in {installation.folder}", "start one with `make run`")
    kept = load_secrets(installation)
    given = as_last_started(installation, environment)
    if not given.get("DATABASE_URL") and not is_taken(installation.port_of("postgres")):
        raise StartError(f"SkillBridge does not run in {installation.folder}", "start it with `make run` first")
    addresses = programs.addresses(installation, given, kept["EMBEDDED_POSTGRES_PASSWORD"])
    told = {
        **given,
        **programs.shared_environment(installation, in_force(kept, given), addresses),
        "DATABASE_URL": addresses.database_url,
        "PROCESS_NAME": "manage",
    }
    for name in (leftovers.MARKER, "PROMETHEUS_MULTIPROC_DIR"):  # it is no part of what runs
        del told[name]
    os.execve(sys.executable, [sys.executable, str(PROJECT_DIR / "manage.py"), *words], told)


def _clean(folder: Path, console: Console) -> int:
    """Removes a folder with every installation in it, after what a killed supervisor may have left running."""
    installations = [folder, *folder.glob("port-*"), *folder.glob("test/slot-*")]
    for installation in installations:
        pid = _running(installation)
        if pid is not None:
            raise StartError(
                f"SkillBridge runs in {installation} (process {pid})", "stop it, with Ctrl-C or `make stop`"
            )
    for installation in installations:
        leftovers.end(leftovers.of_installation(installation), grace_seconds=5.0)
        postgres.stop_leftover(postgres.Cluster((installation / "postgres").resolve(), 0, None))
    with machine_faults(folder):
        for installation in installations:
            postgres.remove(installation / "postgres")
        if folder.exists():
            shutil.rmtree(folder)
    console.say(f"Removed {folder}.")
    return 0


def _running(folder: Path) -> int | None:
    """Process id of the supervisor that runs in this folder, None if none does."""
    try:
        pid = int((folder / "run.lock").read_text())
    except (OSError, ValueError):
        return None
    return pid if "skillbridge_backend.embedded" in leftovers.command_line(pid) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
