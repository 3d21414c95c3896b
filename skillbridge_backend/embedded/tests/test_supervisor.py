"""The supervisor, with real processes: output, restarts, the order of the end, and that nothing stays."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from skillbridge_backend.embedded import leftovers
from skillbridge_backend.embedded.supervisor import Program, Supervisor, end_leftovers

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"


class Lines:
    """What the processes printed, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.all.append((name, line))

    def of(self, name: str) -> list[str]:
        return [line for who, line in self.all if who == name]


def python(name: str, code: str, *, stop_order: int = 0, environment: Mapping[str, str] | None = None) -> Program:
    return Program(name, (sys.executable, "-c", code), environment or {}, stop_order=stop_order)


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


def test_output_of_a_process_comes_by_whole_lines_with_its_name() -> None:
    lines = Lines()

    async def scenario() -> int:
        code = "import sys; sys.stdout.write('one\\ntw'); sys.stdout.flush(); sys.stderr.write('o\\r\\nthree')"
        return await Supervisor(lines).run_once(python("talker", code))

    assert asyncio.run(scenario()) == 0
    assert lines.all == [("talker", "one"), ("talker", "two"), ("talker", "three")]


def test_endless_line_is_given_out_in_pieces() -> None:
    lines = Lines()

    async def scenario() -> None:
        await Supervisor(lines).run_once(python("talker", "print('x' * 300_000, end='')"))

    asyncio.run(scenario())
    assert sum(len(line) for line in lines.of("talker")) == 300_000
    assert len(lines.of("talker")) > 1


def test_process_that_dies_is_started_again_after_growing_pauses() -> None:
    lines = Lines()

    async def scenario() -> float:
        supervisor = Supervisor(lines)
        began = time.monotonic()
        supervisor.keep(python("dying", "print('up'); raise SystemExit(3)"))
        await until(lambda: len(lines.of("dying")) == 3)
        seconds = time.monotonic() - began
        await supervisor.stop()
        return seconds

    assert asyncio.run(scenario()) >= 0.5 + 1.0
    assert lines.of("supervisor")[:2] == [
        "dying ended with exit code 3; starting it again in 0.5 s",
        "dying ended with exit code 3; starting it again in 1 s",
    ]


def test_killed_process_runs_again_under_another_process_id() -> None:
    lines = Lines()

    async def scenario() -> tuple[int, int]:
        supervisor = Supervisor(lines)
        supervisor.keep(python("sleeper", SLEEPER))
        await until(lambda: lines.of("sleeper"))
        first = supervisor.pid_of("sleeper")
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(lines.of("sleeper")) == 2)
        second = supervisor.pid_of("sleeper")
        assert supervisor.restarts_of("sleeper") == 1
        await supervisor.stop()
        return first, second

    first, second = asyncio.run(scenario())
    assert first != second
    assert not leftovers.is_running(second)
    assert "sleeper was ended by SIGKILL; starting it again in 0.5 s" in lines.of("supervisor")


def test_program_that_vanishes_is_tried_again_until_it_is_back(tmp_path: Path) -> None:
    lines = Lines()
    program = tmp_path / "program"

    def install() -> None:
        program.write_text("#!/bin/sh\necho up\nexit 1\n")
        program.chmod(0o755)

    async def scenario() -> None:
        supervisor = Supervisor(lines)
        install()
        supervisor.keep(Program("moving", (str(program),)))
        await until(lambda: lines.of("moving"))
        program.unlink()
        await until(lambda: any("cannot be started" in line for line in lines.of("supervisor")))
        install()
        await until(lambda: len(lines.of("moving")) > 1)
        await supervisor.stop()

    asyncio.run(scenario())


def test_program_that_is_not_there_at_all_is_an_error_at_once() -> None:
    async def scenario() -> None:
        Supervisor(Lines()).keep(Program("missing", ("/nonexistent/program",)))

    with pytest.raises(FileNotFoundError):
        asyncio.run(scenario())


def test_stop_ends_lower_orders_before_higher_ones() -> None:
    lines = Lines()
    polite = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); print('ending', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\n"
        "while True: time.sleep(1)"
    )

    async def scenario() -> None:
        supervisor = Supervisor(lines)
        supervisor.keep(python("store", polite, stop_order=2))
        supervisor.keep(python("web", polite))
        supervisor.keep(python("mail", polite, stop_order=1))
        await until(lambda: len(lines.all) == 3)
        await supervisor.stop()
        assert supervisor.is_stopping

    asyncio.run(scenario())
    assert [name for name, line in lines.all if line == "ending"] == ["web", "mail", "store"]


STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


def test_process_that_ignores_its_stop_signal_is_killed_after_the_grace_time() -> None:
    lines = Lines()

    async def scenario() -> int:
        supervisor = Supervisor(lines, grace_seconds=0.3)
        supervisor.keep(python("stubborn", STUBBORN))
        await until(lambda: lines.of("stubborn"))
        pid = supervisor.pid_of("stubborn")
        await supervisor.stop()
        return pid

    assert not leftovers.is_running(asyncio.run(scenario()))
    assert lines.of("supervisor") == ["killing what did not stop in time: stubborn"]


def test_second_signal_cuts_the_grace_time() -> None:
    lines = Lines()

    async def scenario() -> float:
        supervisor = Supervisor(lines, grace_seconds=60)
        supervisor.keep(python("stubborn", STUBBORN))
        await until(lambda: lines.of("stubborn"))
        began = time.monotonic()
        stopping = asyncio.create_task(supervisor.stop())
        await asyncio.sleep(0.1)
        supervisor.hurry()
        await stopping
        return time.monotonic() - began

    assert asyncio.run(scenario()) < 10


def test_what_a_process_forked_ends_with_it() -> None:
    lines = Lines()
    forking = "import os, time\nchild = os.fork()\nif child: print(child, flush=True)\ntime.sleep(600)"

    async def scenario() -> int:
        supervisor = Supervisor(lines)
        supervisor.keep(python("forking", forking))
        await until(lambda: lines.of("forking"))
        await supervisor.stop()
        return int(lines.of("forking")[0])

    assert leftovers.wait_until_gone(asyncio.run(scenario()), 5)


def test_leftovers_are_found_by_their_environment_even_when_they_detached(tmp_path: Path) -> None:
    lines = Lines()
    detaching = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    print(os.getpid(), flush=True)\n    time.sleep(600)"
    )
    marker = {leftovers.MARKER: str(tmp_path)}

    async def scenario() -> int:
        supervisor = Supervisor(lines)
        # Its output must not be our pipe, which would be closed with the process that detached.
        await supervisor.run_once(python("detaching", f"import sys\n{detaching}", environment=marker))
        await until(lambda: leftovers.of_installation(tmp_path))
        return leftovers.of_installation(tmp_path)[0]

    pid = asyncio.run(scenario())
    assert end_leftovers(tmp_path) == 1
    assert not leftovers.is_running(pid)
    assert end_leftovers(tmp_path) == 0


def test_children_end_when_the_supervisor_is_killed() -> None:
    supervising = (
        "import asyncio, sys\n"
        "from skillbridge_backend.embedded.supervisor import Program, Supervisor\n"
        "async def main():\n"
        "    supervisor = Supervisor(lambda name, line: print(supervisor.pid_of(name), flush=True))\n"
        f"    supervisor.keep(Program('sleeper', (sys.executable, '-c', {SLEEPER!r})))\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    lines = Lines()

    async def scenario() -> int:
        outer = Supervisor(lines)
        outer.keep(python("outer", supervising))
        await until(lambda: lines.of("outer"))
        os.kill(outer.pid_of("outer"), signal.SIGKILL)
        child = int(lines.of("outer")[0])
        gone = await asyncio.to_thread(leftovers.wait_until_gone, child, 5.0)
        await outer.stop()
        assert gone
        return child

    assert not leftovers.is_running(asyncio.run(scenario()))
