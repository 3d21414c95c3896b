"""An installation that is tried hard: started by `make run`'s own supervisor, in a folder and on ports of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from skillbridge_backend.embedded import leftovers, postgres, programs
from skillbridge_backend.embedded.installation import (
    PORT_OFFSETS,
    PROJECT_DIR,
    Installation,
    as_last_started,
    free_base,
    in_force,
    load_secrets,
)

STARTING_SECONDS = 300.0
STOPPING_SECONDS = 90.0
# Six clients of a drill write as fast as they can, and nothing asks the matcher.
OF_A_DRILL = {"MATCHER_URL": "http://127.0.0.1:9", "WRITES_PER_MINUTE": "0"}
# What a process's command line contains, for those that are killed.
COMMANDS = {
    "worker": "-n worker@%h",
    "worker-slow": "-n worker-slow@%h",
    "relay": "manage.py relay",
    "redis": "/redis-server ",
    "postgres": "/postgres -D ",
}


class DrillError(Exception):
    """The drill could not be carried out; the text says why."""


@dataclass(frozen=True)
class Process:
    """One process under the supervisor, with what it started."""

    pid: int
    children: tuple[int, ...]


class Target:
    """A running installation and its processes."""

    def __init__(self, installation: Installation, supervisor: "subprocess.Popen[bytes]") -> None:
        self.installation = installation
        kept = load_secrets(installation)
        self.secrets = in_force(kept, as_last_started(installation, os.environ))
        self._superuser_password = kept["EMBEDDED_POSTGRES_PASSWORD"]
        self.supervisor = supervisor
        self.log = log_of(installation.folder)

    @property
    def url(self) -> str:
        """Where the API answers."""
        return self.installation.url("web")

    def find(self, name: str) -> Process | None:
        """The process of that name, None while the supervisor has none."""
        listing = subprocess.run(
            ["ps", "-Aww", "-o", "pid=,ppid=,command="], check=True, capture_output=True, text=True
        ).stdout
        rows = [line.split(None, 2) for line in listing.splitlines()]
        ours = [int(r[0]) for r in rows if int(r[1]) == self.supervisor.pid and COMMANDS[name] in " ".join(r[2:])]
        if not ours:
            return None
        return Process(ours[0], tuple(int(row[0]) for row in rows if int(row[1]) == ours[0]))

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What PostgreSQL answers to its superuser. Raises psycopg2.Error, while it is away for one."""
        cluster = postgres.Cluster(Path(), self.installation.port_of("postgres"), None)
        url = cluster.url(password=self._superuser_password, database=programs.DATABASE)
        connection = psycopg2.connect(url, connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def waiting(self) -> int | None:
        """Messages neither done nor dead; None while PostgreSQL is away."""
        try:
            return int(self.rows("SELECT coalesce(sum(waiting), 0) FROM private.outbox_status()")[0][0])
        except psycopg2.Error:
            return None


def log_of(folder: Path) -> Path:
    """Where everything stands that the installation in this folder printed."""
    return folder / f"{folder.name}.log"


@contextmanager
def running_target(
    folder: Path, settings: Mapping[str, str] | Callable[[Installation], Mapping[str, str]] = OF_A_DRILL
) -> Iterator[Target]:
    """Start an installation in `folder`, which is emptied first, and stop it at the end.

    Settings that name its ports are a function of it.
    """
    if leftovers.of_installation(folder):
        raise DrillError(f"another one runs in {folder}; wait for it, or name another --folder")
    postgres.remove(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    installation = Installation(folder, free_base(20_000, PORT_OFFSETS))
    # Empty is "an embedded one", whatever a file .env says.
    environment = os.environ | {
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "PORT": str(installation.port),
        "LOCAL_DIR": str(folder),
        "LOG_LEVEL": "WARNING",
        "NO_COLOR": "1",
        # The catalogue's addresses are other people's sites.
        "LINK_CHECKS": "false",
        **(settings(installation) if callable(settings) else settings),
    }
    command = [sys.executable, "-m", "skillbridge_backend.embedded", "run"]
    with log_of(folder).open("wb") as output:
        supervisor = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=output, stderr=output)
    try:
        _wait_until_it_runs(supervisor, log_of(folder))
        yield Target(installation, supervisor)
    finally:
        supervisor.send_signal(signal.SIGINT)
        try:
            supervisor.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            supervisor.kill()


def _wait_until_it_runs(supervisor: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while "SkillBridge runs" not in (text := log.read_text(errors="replace")):
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise DrillError(f"the installation did not start:\n{text[-3000:]}")
        time.sleep(0.2)
