"""PostgreSQL, Redis and the matcher for one run of the tests: started by the root `conftest.py`, gone when it ends.

Belongs here: the servers, the template database and the workers' copies of it. What a test sees of them (fixtures) is
in `conftest.py`.
"""

import fcntl
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from . import matcher_build, postgres, redis_server
from .failure import StartError
from .lifeline import LOOPBACK, die_with_parent, free_port

_TEMPLATE_PREFIX = "skillbridge_template_"
_UNFINISHED_PREFIX = "skillbridge_unfinished_"
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
_READY_SECONDS = 30.0
# Apps are one folder deep, `core` two.
_SCHEMA_FILES = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "*/sql/**/*.sql",
    "*/*/sql/**/*.sql",
    "*/*/sql.py",
    "*/*/management/commands/ensure_roles.py",
)


@dataclass
class TestServers:
    """The servers of one run. `environment` is complete from the start; nothing runs before `start`."""

    __test__ = False  # pytest collects classes named Test…

    project_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    _lock: IO[str] | None = None
    _running: list[tuple[subprocess.Popen[bytes], signal.Signals]] = field(default_factory=list)
    _cluster: postgres.Cluster | None = None
    _folder: Path = Path()
    _redis_port: int = 0
    _matcher_port: int = 0

    def plan(self, given: Mapping[str, str]) -> None:
        """Chooses a folder and ports; servers named by TEST_DATABASE_URL and the like are taken as they are."""
        self._folder, self._lock = _free_slot(self.project_dir / ".local" / "test")
        password = _kept_password(self._folder / "password")
        self.environment["DATABASE_URL"] = given.get("TEST_DATABASE_URL", "")
        if not self.environment["DATABASE_URL"]:
            self._cluster = postgres.locate(self._folder / "postgres", free_port())
            self.environment["DATABASE_URL"] = self._cluster.url(password=password, database="postgres")
        self.environment["REDIS_URL"] = given.get("TEST_REDIS_URL", "")
        if not self.environment["REDIS_URL"]:
            self._redis_port = free_port()
            self.environment["REDIS_URL"] = f"redis://{LOOPBACK}:{self._redis_port}/0"
        self.environment["MATCHER_URL"] = given.get("TEST_MATCHER_URL", "")
        self.environment["MATCHER_TOKEN"] = given.get("TEST_MATCHER_TOKEN", "") or secrets.token_urlsafe(24)
        if not self.environment["MATCHER_URL"]:
            # Without cargo nobody listens there, and the built-in solver answers, as it does in `make run`.
            port = free_port()
            self.environment["MATCHER_URL"] = f"http://{LOOPBACK}:{port}"
            self._matcher_port = port if matcher_build.is_built(self.project_dir) else 0
        for login in ("WEB", "WORKER", "ADMIN"):
            self.environment[f"SB_{login}_PASSWORD"] = password

    def start(self, log: Callable[[str], None]) -> None:
        """Starts what is not given and makes the template database; `log` gets a line for each long step."""
        if self._redis_port:
            folder = self._folder / "redis"
            folder.mkdir(exist_ok=True)
            self._spawn("redis", redis_server.server_command(self._redis_port, folder, durable=False))
        if self._cluster:
            self._start_postgres(self._cluster)
        if self._matcher_port:
            self._start_matcher(log)
        else:
            log("the matcher is not built (`make test` does it): the built-in solver answers in its place")
        if self._redis_port:
            _wait("Redis", lambda: redis_server.is_ready(self._redis_port), self._running[0][0])
        ensure_template(self.project_dir, self.environment, log)

    def stop(self) -> None:
        """Ends every server that `start` started, the last started first; harmless to repeat."""
        while self._running:
            server, stop_signal = self._running.pop()
            server.send_signal(stop_signal)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        if self._lock:
            self._lock.close()
            self._lock = None

    def _start_postgres(self, cluster: postgres.Cluster) -> None:
        password = _kept_password(self._folder / "password")
        postgres.stop_leftover(cluster)
        postgres.initialise(cluster, password=password, durable=False)
        if not self._runs(cluster):  # without fsync a machine that lost power may leave a broken cluster: make another
            postgres.remove(self._folder / "postgres")
            postgres.initialise(cluster, password=password, durable=False)
            if not self._runs(cluster):
                raise StartError(
                    "the tests' PostgreSQL does not start", f"the reason is in {self._folder}/postgres.log"
                )

    def _start_matcher(self, log: Callable[[str], None]) -> None:
        """Brings the build up to date and starts it; without it the tests that need it fail, and only they."""
        address = f"{LOOPBACK}:{self._matcher_port}"
        try:
            binary = matcher_build.build(self.project_dir)
            server = self._spawn("matcher", [str(binary)], MATCHER_ADDRESS=address)
            _wait("the matcher", lambda: _answers(f"http://{address}/health/ready"), server)
        except StartError as failure:
            log(str(failure))

    def _runs(self, cluster: postgres.Cluster) -> bool:
        server = self._spawn(
            "postgres",
            cluster.server_command(**_NOT_DURABLE),
            account=cluster.account,
            stop_signal=signal.SIGINT,  # fast shutdown: connections are closed, nothing is waited for
        )
        if postgres.wait_until_ready(cluster, server):
            return True
        self._running.remove((server, signal.SIGINT))
        server.kill()
        server.wait()
        return False

    def _spawn(
        self,
        name: str,
        command: list[str],
        *,
        account: postgres.Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as output:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, **self.environment, **environment},
                start_new_session=True,  # Ctrl-C reaches pytest, which stops them in order
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=die_with_parent(stop_signal),  # noqa: PLW1509 - it only calls prctl
            )
        self._running.append((server, stop_signal))
        return server


def database_url(url: str, database: str) -> str:
    """The same server's URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def redis_url(url: str, number: int) -> str:
    """The same Redis's URL with another database number."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def ensure_template(project_dir: Path, environment: Mapping[str, str], log: Callable[[str], None]) -> str:
    """Name of the migrated template database, made anew only when a migration or an SQL file has changed."""
    maintenance_url = environment["DATABASE_URL"]
    name = template_name(project_dir)
    with _autocommit(maintenance_url) as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('skillbridge test template'))")
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) OR starts_with(datname, %s)",
            (_TEMPLATE_PREFIX, _UNFINISHED_PREFIX),
        )
        existing = {row[0] for row in cursor.fetchall()}
        if name in existing:
            return name
        for old in existing:
            _drop(cursor, old)
        unfinished = name.replace(_TEMPLATE_PREFIX, _UNFINISHED_PREFIX)
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(unfinished)))
        log("migrating the template database …")
        _migrate(project_dir, {**environment, "DATABASE_URL": database_url(maintenance_url, unfinished)})
        cursor.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )
    return name


def template_name(project_dir: Path) -> str:
    """Another one for every change to a migration or an SQL file."""
    return _TEMPLATE_PREFIX + _schema_hash(project_dir)


def copy_template(project_dir: Path, maintenance_url: str, database: str) -> None:
    """Makes `database` a fresh copy of the template, in the place of one that an earlier run left."""
    template = template_name(project_dir)
    with _autocommit(maintenance_url) as cursor:
        # Two workers may not copy one template at the same moment.
        cursor.execute("SELECT pg_advisory_lock(hashtext('skillbridge test template'))")
        _drop(cursor, database)
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(template))
        )


def _migrate(project_dir: Path, environment: Mapping[str, str]) -> None:
    for arguments, role in (("ensure_roles",), ""), (("migrate", "--verbosity", "0"), "sb_owner"):
        done = subprocess.run(
            [sys.executable, str(project_dir / "manage.py"), *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=project_dir,
            env={**os.environ, **environment, "DATABASE_SET_ROLE": role},
        )
        if done.returncode != 0:
            raise StartError(
                f"`manage.py {' '.join(arguments)}` failed on the template database",
                f"mend this first:\n{done.stdout}{done.stderr}",
            )


def _schema_hash(project_dir: Path) -> str:
    """Changes with every file that decides what the migrated database looks like."""
    digest = hashlib.sha256()
    files = {path for pattern in _SCHEMA_FILES for path in project_dir.glob(pattern)}
    for path in sorted(files):
        digest.update(str(path.relative_to(project_dir)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _free_slot(parent: Path) -> tuple[Path, IO[str]]:
    """A folder that no other run of the tests uses now, and the lock that says so."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(32):
        folder = parent / f"slot-{number}"
        folder.mkdir(exist_ok=True)
        lock = (folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return folder, lock
    raise StartError(f"32 runs of the tests use {parent} already", "wait for one of them to end")


def _kept_password(path: Path) -> str:
    """The password of this folder's cluster: made once, for a kept cluster keeps its superuser's password."""
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(24))
        unfinished.replace(path)
    return path.read_text()


@contextmanager
def _autocommit(url: str) -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _drop(cursor: psycopg2.extensions.cursor, database: str) -> None:
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _wait(what: str, is_ready: Callable[[], bool], server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not is_ready():
        if time.monotonic() > deadline or server.poll() is not None:
            raise StartError(f"{what} of the tests does not answer", "its log is in .local/test")
        time.sleep(0.05)
