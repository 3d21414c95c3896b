"""A whole `make run` in a folder of its own: up, hurt, down, up again; and each way in which a start is refused."""

import asyncio
import io
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import pytest

from skillbridge_backend.embedded import leftovers, postgres
from skillbridge_backend.embedded.__main__ import main
from skillbridge_backend.embedded.console import Console
from skillbridge_backend.embedded.installation import PORT_OFFSETS, Installation, load_secrets, prepare_folder
from skillbridge_backend.embedded.lifeline import is_taken
from skillbridge_backend.embedded.programs import with_login
from skillbridge_backend.embedded.ready import answers
from skillbridge_backend.embedded.start import INTERRUPTED, Start, take_lock

PATIENCE_SECONDS = 400.0  # of a first start beside other tests; it migrates from nothing


def free_base() -> int:
    """A PORT whose every offset is free, away from the ports that other tests take at random."""
    for base in range(10_000 + os.getpid() % 1000 * 10, 30_000, 500):
        if not any(is_taken(base + offset) for offset in PORT_OFFSETS.values()):
            return base
    raise AssertionError("no free ports")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A folder that is removed with everything in it; the machine of these tests has no cargo."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DATABASE_URL", "REDIS_URL", "MATCHER_URL", "MATCHER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    installation = Installation(tmp_path / "local", free_base())
    yield installation
    leftovers.end(leftovers.of_installation(installation.folder), grace_seconds=5)
    postgres.remove(installation.folder / "postgres")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.1)


def run(
    installation: Installation,
    scenario: "Callable[[], Awaitable[None]] | None" = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    until_printed: str = "SkillBridge runs (",
) -> tuple[int, str]:
    """Exit code and output of one start; once it has printed so much, `scenario` is played and Ctrl-C pressed."""
    stream = io.StringIO()

    async def play() -> int:
        running = asyncio.create_task(Start(installation, environment, Console(stream)).run())

        async def is_up_or_over() -> bool:
            return running.done() or until_printed in stream.getvalue()

        try:
            await until(is_up_or_over)
            if scenario and not running.done():
                await scenario()
        finally:
            if not running.done():
                os.kill(os.getpid(), signal.SIGINT)
            code = await running
        return code

    code = asyncio.run(play())
    return code, stream.getvalue()


def test_everything_starts_survives_kills_stops_and_starts_again(installation: Installation) -> None:
    ready = installation.url("web") + "/health/ready"

    async def hurt() -> None:
        for name in ("web", "realtime"):
            assert await answers(installation.url(name) + "/health/live")
        assert await answers(installation.url("admin") + "/admin/login/")
        with smtplib.SMTP("127.0.0.1", installation.port_of("smtp")) as client:
            client.sendmail("a@skillbridge.test", "b@skillbridge.test", "Subject: kept\r\n\r\n")
        postmaster = int((installation.folder / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)

        async def is_back() -> bool:
            try:
                number = int((installation.folder / "postgres" / "postmaster.pid").read_text().split()[0])
            except (OSError, IndexError):
                return False
            return number != postmaster and await answers(ready)

        await until(is_back)

    code, output = run(installation, hurt)
    assert code == 0, output
    for line in (
        "no cargo on this machine: matching uses the built-in Python solver",
        "Stopped. Nothing is left running",
    ):
        assert line in output
    for role in ("learner", "mentor", "moderator", "admin"):
        assert re.search(rf"{role} +{role}@skillbridge.test +password \S{{15,}}", output)
    assert "postgres was ended by SIGKILL; starting it again" in output
    assert leftovers.of_installation(installation.folder) == []
    assert not any(is_taken(installation.port_of(name)) for name in PORT_OFFSETS)
    assert len(list((installation.folder / "mailbox").glob("*.eml"))) == 1
    starts_again_with_a_matcher(installation)
    assert not installation.folder.exists()


MATCHER = """#!{python}
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
host, port = os.environ["MATCHER_ADDRESS"].split(":")
http.server.HTTPServer((host, int(port)), Ready).serve_forever()
"""


def starts_again_with_a_matcher(installation: Installation) -> None:
    """The same data, as `make run`, `make stop` and `make clean` do it, with a cargo that builds a matcher."""
    machine = installation.folder.parent
    (machine / "matcher-server").write_text(MATCHER.format(python=sys.executable))
    cargo = machine / ".cargo" / "bin" / "cargo"
    cargo.parent.mkdir(parents=True)
    cargo.write_text(
        "#!/bin/sh\necho '   Compiling solver' >&2\n"
        f"mkdir -p {machine}/target/release && cp {machine}/matcher-server {machine}/target/release/\n"
        f"chmod +x {machine}/target/release/matcher-server\n"
    )
    cargo.chmod(0o755)
    environment = os.environ | {
        "LOCAL_DIR": str(installation.folder),
        "PORT": str(installation.port),
        "CARGO_TARGET_DIR": str(machine / "target"),
    }

    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "skillbridge_backend.embedded", *words]
        return subprocess.run(line, check=False, capture_output=True, text=True, env=environment, timeout=120)

    line = [sys.executable, "-m", "skillbridge_backend.embedded", "run"]
    by_name = f"http://localhost:{installation.port}"
    given = environment | {"PUBLIC_URL": by_name}
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=given) as running:
        assert running.stdout is not None
        output = ""
        for printed in running.stdout:
            output += printed
            if "Ctrl-C stops everything" in printed:
                break
        assert f"ok matcher on port {installation.port_of('matcher')}" in output
        assert "making the PostgreSQL cluster" not in output
        assert int((installation.folder / "run.lock").read_text()) == running.pid
        told = command("manage", "shell", "--command", "from django.conf import settings; print(settings.PUBLIC_URL)")
        assert told.stdout.splitlines()[-1] == by_name
        refused = command("clean")
        assert refused.returncode == 1
        assert f"SkillBridge runs in {installation.folder} (process {running.pid}): stop it" in refused.stdout
        stopped = command("stop")
        assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
        rest = running.stdout.read()
    assert "Stopped. Nothing is left running" in rest
    assert running.returncode == 0
    assert leftovers.of_installation(installation.folder) == []
    cleaned = command("clean")
    assert (cleaned.returncode, cleaned.stdout) == (0, f"Removed {installation.folder}.\n")


def test_build_that_fails_is_told_and_the_start_goes_on(installation: Installation, tmp_path: Path) -> None:
    """Up to the moment when the matcher would be there; the preparation is stopped by Ctrl-C."""
    cargo = tmp_path / ".cargo" / "bin" / "cargo"
    cargo.parent.mkdir(parents=True)
    cargo.write_text("#!/bin/sh\necho 'error: the compiler is out of sorts' >&2\nexit 101\n")
    cargo.chmod(0o755)
    code, output = run(installation, until_printed="built-in Python solver")
    assert code == INTERRUPTED
    assert "!! cargo could not build the matcher (error: the compiler is out of sorts): run `cargo build" in output


def test_matcher_that_does_not_answer_is_told_and_the_start_goes_on(installation: Installation) -> None:
    given = {"MATCHER_URL": "http://joe:hidden-word@127.0.0.1:1/"}
    code, output = run(installation, environment=given, until_printed="built-in Python solver")
    assert code == INTERRUPTED
    assert "!! no matcher answers at MATCHER_URL (127.0.0.1:1): matching uses the built-in Python solver" in output
    assert "hidden-word" not in output


def test_ctrl_c_during_the_start_leaves_nothing(installation: Installation) -> None:
    code, output = run(installation, until_printed="Redis on port")
    assert code == INTERRUPTED
    assert "Stopped during the start; `make run` goes on from here." in output
    assert leftovers.of_installation(installation.folder) == []


class BreaksOnPostgres(io.StringIO):
    """Stands for whatever nobody thought of."""

    def write(self, text: str) -> int:
        if "ok PostgreSQL on port" in text:
            raise ZeroDivisionError
        return super().write(text)


def test_fault_of_ours_during_the_start_leaves_nothing_running(installation: Installation) -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Start(installation, {}, Console(BreaksOnPostgres())).run())
    assert leftovers.of_installation(installation.folder) == []


def test_taken_port_refuses_the_start_and_names_it(installation: Installation) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", installation.port_of("realtime")))
        other.listen()
        code, output = run(installation)
    assert code == 1
    port = installation.port_of("realtime")
    assert f"SkillBridge cannot start: port {port} (realtime) is taken by another program: stop it, or" in output
    assert leftovers.of_installation(installation.folder) == []


@pytest.mark.parametrize(
    ("variable", "url", "told"),
    [
        (
            "DATABASE_URL",
            "postgresql://joe:hidden-word@127.0.0.1:1/skillbridge",
            "DATABASE_URL names a PostgreSQL at 127.0.0.1:1 that cannot be used",
        ),
        ("DATABASE_URL", "nonsense", "DATABASE_URL names a PostgreSQL at that address that cannot be used"),
        (
            "REDIS_URL",
            "redis://:hidden-word@127.0.0.1:1/0",
            "REDIS_URL names a Redis at 127.0.0.1:1 that cannot be used",
        ),
        ("REDIS_URL", "127.0.0.1:6379", "REDIS_URL names a Redis at that address that cannot be used"),
    ],
)
def test_server_out_of_reach_refuses_the_start_without_its_password(
    installation: Installation, variable: str, url: str, told: str
) -> None:
    code, output = run(installation, environment={variable: url})
    assert code == 1
    failure = output.splitlines()[-1]
    assert failure.startswith(f"SkillBridge cannot start: {told}")
    assert f"start it or correct {variable}; without {variable} an embedded" in failure
    assert "hidden-word" not in output
    assert leftovers.of_installation(installation.folder) == []


def test_second_start_in_the_same_folder_is_refused_and_leaves_the_first_alone(installation: Installation) -> None:
    marked = os.environ | {leftovers.MARKER: str(installation.folder)}
    with take_lock(installation), subprocess.Popen(["sleep", "60"], env=marked) as of_the_first:
        code, output = run(installation)
        is_left_alone = of_the_first.poll() is None
        of_the_first.kill()
    assert is_left_alone
    assert code == 1
    assert f"SkillBridge runs already in {installation.folder} (process {os.getpid()}): use it" in output


def test_stop_and_clean_act_on_the_named_folder(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(installation.folder))
    monkeypatch.setenv("PORT", str(installation.port))
    assert main(["stop"]) == 0
    assert capsys.readouterr().out == f"SkillBridge does not run in {installation.folder}.\n"
    assert main(["nonsense"]) == 2
    capsys.readouterr()
    assert main(["manage", "check"]) == 1
    assert f"there is no installation in {installation.folder}: start one with `make run`" in capsys.readouterr().out
    prepare_folder(installation)
    load_secrets(installation)
    assert main(["manage", "check"]) == 1
    assert f"SkillBridge does not run in {installation.folder}: start it with `make run`" in capsys.readouterr().out
    monkeypatch.setenv("PORT", "many")
    assert main(["run"]) == 1
    assert "PORT is 'many': write a number" in capsys.readouterr().out


def test_login_of_each_process_takes_the_place_of_the_owners() -> None:
    url = with_login("postgresql://owner:pa%40ss@db.example.org:5433/prod?sslmode=require", "sb_web", "p/w:@?")
    assert url == "postgresql://sb_web:p%2Fw%3A%40%3F@db.example.org:5433/prod?sslmode=require"
    assert urlsplit(url).hostname == "db.example.org"


def test_address_that_does_not_speak_http_does_not_answer() -> None:
    async def scenario() -> bool:
        async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail\r\n")
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        async with server:
            return await answers(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")

    assert asyncio.run(scenario()) is False
