"""One `make run`, from the first check to the table of addresses, and its end.

Belongs here: the order of a start. Each thing it starts has a module of its own.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import IO

from . import matcher_build, postgres, programs, redis_server
from .console import Console
from .failure import StartError, blamed_on_disk
from .given_servers import check_database, check_redis, shown
from .installation import (
    PROJECT_DIR,
    Installation,
    in_force,
    load_secrets,
    prepare_folder,
    refuse_taken_ports,
    remember_given,
)
from .leftovers import MARKER
from .ready import answers, print_table
from .supervisor import Program, Supervisor, end_leftovers

INTERRUPTED = 130
_SERVER_SECONDS = 60.0
_APPLICATION_SECONDS = 90.0
_MOST_RESTARTS = 3
_BY_SOLVER = "matching uses the built-in Python solver"


class Start:
    """A start under way. `environment` is the caller's, with `.env` beneath it."""

    def __init__(self, installation: Installation, environment: Mapping[str, str], console: Console) -> None:
        self._installation = installation
        self._environment = environment
        self._console = console
        self._last_lines: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=50))
        self._building_since = 0.0
        self._supervisor = Supervisor(self._on_line)
        self._lock: IO[str] | None = None

    async def run(self) -> int:
        """Starts everything, waits for Ctrl-C, ends everything; the exit code."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()

        def on_signal() -> None:
            if stop.is_set():
                self._supervisor.hurry()
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, on_signal)
        try:
            self._lock = take_lock(self._installation)
            return await self._run_until(stop)
        except StartError as failure:
            told = blamed_on_disk(failure, self._installation.folder)
            if self._lock:  # else what runs in this folder is not ours to end
                await self._end()
            self._console.failure(str(told))
            return 1
        except Exception:  # a fault of ours, with its trace; but it, too, leaves nothing running
            await self._end()
            raise
        finally:
            if self._lock:
                self._lock.close()

    async def _run_until(self, stop: asyncio.Event) -> int:
        starting = asyncio.create_task(self._start_all())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await self._end()
            self._console.say("Stopped during the start; `make run` goes on from here.")
            return INTERRUPTED
        starting.result()  # raises what stopped it
        await stopped
        self._console.say("Stopping …")
        await self._end()
        self._console.say("Stopped. Nothing is left running; the data is in " + str(self._installation.folder))
        return 0

    async def _end(self) -> None:
        await self._supervisor.stop()
        end_leftovers(self._installation.folder)

    async def _start_all(self) -> None:
        began = time.monotonic()
        installation = self._installation
        prepare_folder(installation)
        end_leftovers(installation.folder)
        cluster = postgres.locate(installation.folder / "postgres", installation.port_of("postgres"))
        if not self._given("DATABASE_URL") and postgres.stop_leftover(cluster):
            self._console.warn("a PostgreSQL that an earlier run left was stopped")
        refuse_taken_ports(installation, self._needed_ports())
        kept = load_secrets(installation)
        remember_given(installation, self._environment)
        secrets = in_force(kept, self._environment)
        addresses = programs.addresses(installation, self._environment, kept["EMBEDDED_POSTGRES_PASSWORD"])
        shutil.rmtree(installation.folder / "run" / "metrics", ignore_errors=True)
        shared = programs.shared_environment(installation, secrets, addresses)

        self._keep(programs.mailbox(installation), shared)
        await _together(
            self._start_redis(shared),
            self._start_database(cluster, kept["EMBEDDED_POSTGRES_PASSWORD"], addresses, shared),
            self._start_matcher(shared),
        )
        for program in programs.application(installation, shared, addresses):
            self._keep(program, shared)
        await self._wait_for_application()
        print_table(self._console, installation, shared, time.monotonic() - began)

    def _needed_ports(self) -> list[str]:
        embedded = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "matcher": "MATCHER_URL"}
        own = ["web", "realtime", "admin", "smtp", "mailbox"]
        return own + [name for name, variable in embedded.items() if not self._given(variable)]

    async def _start_redis(self, shared: Mapping[str, str]) -> None:
        began = time.monotonic()
        if url := self._given("REDIS_URL"):
            check_redis(url)
            self._console.done("Redis of REDIS_URL", began)
            return
        port = self._installation.port_of("redis")
        self._keep(programs.redis(self._installation), shared)

        async def is_ready() -> bool:
            return redis_server.is_ready(port)

        await self._wait_for("redis", is_ready, _SERVER_SECONDS)
        self._console.done(f"Redis on port {port}", began)

    async def _start_database(
        self, cluster: postgres.Cluster, password: str, addresses: programs.Addresses, shared: Mapping[str, str]
    ) -> None:
        began = time.monotonic()
        if url := self._given("DATABASE_URL"):
            check_database(url)
            self._console.done("PostgreSQL of DATABASE_URL", began)
        else:
            if not (cluster.data_dir / "PG_VERSION").exists():
                self._console.say("  making the PostgreSQL cluster (first start only) …")
            postgres.initialise(cluster, password=password)
            self._keep(programs.postgres_server(cluster), shared)

            async def is_ready() -> bool:
                return postgres.is_ready(cluster, self._supervisor.pid_of("postgres"))

            await self._wait_for("postgres", is_ready, _SERVER_SECONDS)
            postgres.ensure_database(cluster, password=password, database=programs.DATABASE)
            self._console.done(f"PostgreSQL on port {cluster.port}", began)
        began = time.monotonic()
        code = await self._supervisor.run_once(programs.preparation(shared, addresses))
        if code != 0:
            raise StartError(
                f"the database could not be brought up to date ({self._last_line('prepare')})",
                "mend that and run `make run` again; what was done so far is kept",
            )
        self._console.done("roles, migrations, catalogue and development logins", began)

    async def _start_matcher(self, shared: Mapping[str, str]) -> None:
        if url := self._given("MATCHER_URL"):
            if not await answers(url.rstrip("/") + "/health/ready"):
                self._console.warn(f"no matcher answers at MATCHER_URL ({shown(url)}): {_BY_SOLVER} until one does")
            return
        cargo = matcher_build.find_cargo()
        if cargo is None:
            self._console.warn(f"no cargo on this machine: {_BY_SOLVER}")
            return
        self._building_since = began = time.monotonic()
        workspace = matcher_build.workspace(PROJECT_DIR)
        code = await self._supervisor.run_once(programs.cargo(matcher_build.command(cargo), workspace))
        if code != 0:
            failure = matcher_build.failure(PROJECT_DIR, self._last_lines["cargo"])
            self._console.warn(f"{failure}; until then {_BY_SOLVER}")
            return
        binary = matcher_build.binary(PROJECT_DIR)
        self._keep(programs.matcher(self._installation, binary, shared["MATCHER_TOKEN"]), shared)
        url = self._installation.url("matcher") + "/health/ready"
        try:
            await self._wait_for("matcher", partial(answers, url), _SERVER_SECONDS)
        except StartError as failure:
            self._console.warn(f"{failure}; until then {_BY_SOLVER}")
            return
        self._console.done(f"matcher on port {self._installation.port_of('matcher')}", began)

    async def _wait_for_application(self) -> None:
        began = time.monotonic()
        pages = {
            "web": self._installation.url("web") + "/health/ready",
            "realtime": self._installation.url("realtime") + "/health/live",
            "admin": self._installation.url("admin") + "/admin/login/",
            "mailbox": self._installation.url("mailbox") + "/",
        }
        for name, url in pages.items():
            await self._wait_for(name, partial(answers, url), _APPLICATION_SECONDS)
        for name in ("worker", "worker-slow", "beat", "relay", "audit"):
            self._refuse_restarts(name)
        self._console.done("web, realtime, admin, workers, beat, relay and audit", began)

    async def _wait_for(self, name: str, is_ready: Callable[[], Awaitable[bool]], seconds: float) -> None:
        began = time.monotonic()
        while not await is_ready():
            self._refuse_restarts(name)
            if time.monotonic() - began > seconds:
                raise StartError(
                    f"{name} did not answer within {seconds:.0f} s ({self._last_line(name)})",
                    f"its output is above and in {self._installation.folder / 'logs'}; then run `make run` again",
                )
            if time.monotonic() - began > 2:
                self._console.progress(f"waiting for {name}", "", began)
            await asyncio.sleep(0.1)

    def _refuse_restarts(self, name: str) -> None:
        if self._supervisor.restarts_of(name) >= _MOST_RESTARTS:
            raise StartError(
                f"{name} keeps ending as soon as it starts ({self._last_line(name)})",
                "its output is above; mend that and run `make run` again",
            )

    def _keep(self, program: Program, shared: Mapping[str, str]) -> None:
        marked = {**program.environment, MARKER: shared[MARKER]}
        self._supervisor.keep(replace(program, environment=marked))

    def _given(self, name: str) -> str:
        return self._environment.get(name, "").strip()

    def _on_line(self, name: str, line: str) -> None:
        if line.strip():
            self._last_lines[name].append(line)
        if name == "cargo":
            self._console.progress("building the matcher", line.strip(), self._building_since)
        else:
            self._console.process_line(name, line)

    def _last_line(self, name: str) -> str:
        return self._last_lines[name][-1].strip() if self._last_lines[name] else "it printed nothing"


def take_lock(installation: Installation) -> IO[str]:
    """The lock of a running installation, held until the file is closed, with our process id in it."""
    prepare_folder(installation)
    lock = (installation.folder / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid = lock.read().strip()
        lock.close()
        raise StartError(
            f"SkillBridge runs already in {installation.folder} (process {pid})",
            f"use it, stop it with `make stop`, or start another beside it: make run PORT={installation.port + 1000}",
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


async def _together(*steps: Coroutine[None, None, None]) -> None:
    """Takes the steps at the same time; when one fails the others are given up and its failure is raised."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
