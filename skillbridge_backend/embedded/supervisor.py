"""Runs several processes as one: prefixed output, restarts with growing pauses, an orderly end that leaves nothing.

Belongs here: processes in general. Which ones there are is in `programs`, how a start goes in `start`.
Single-threaded: children ask Linux to end with the thread that started them, and forking is safe without threads.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import leftovers
from .lifeline import die_with_parent
from .postgres import Account

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A process that ran this long has recovered: the next pause is the first again."""
_POLL_SECONDS = 0.05
_LONGEST_LINE_BYTES = 64 * 1024

Log = Callable[[str, str], None]
"""Takes the process's name and one line."""


@dataclass(frozen=True)
class Program:
    """What to run. Programs with a lower `stop_order` end before those with a higher one are asked to."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_order: int = 0
    account: Account | None = None
    folder: Path | None = None


class Running:
    """One start of a program, in a session and process group of its own; its output goes to `log` by lines."""

    def __init__(self, program: Program, log: Log) -> None:
        self.program = program
        self.started_at = time.monotonic()
        self._log = log
        self._buffer = b""
        self._output, writing_end = os.pipe()
        os.set_blocking(self._output, False)
        account = program.account
        try:
            self.process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=writing_end,
                stderr=subprocess.STDOUT,
                cwd=program.folder,
                env={**os.environ, **program.environment},
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=die_with_parent(program.stop_signal),  # noqa: PLW1509 - there are no threads
            )
        except OSError:
            os.close(self._output)
            raise
        finally:
            os.close(writing_end)
        asyncio.get_running_loop().add_reader(self._output, self._read)

    async def wait(self) -> int:
        """The exit code, after the process and all that it started in its group have ended."""
        while (code := self.process.poll()) is None:  # noqa: ASYNC110 - nothing portable tells when a child ends
            await asyncio.sleep(_POLL_SECONDS)
        self.signal_group(signal.SIGKILL)
        self._close()
        return code

    def ask_to_stop(self) -> None:
        """Sends the stop signal to the process alone: it knows how to end its workers."""
        if self.process.poll() is None:
            self.process.send_signal(self.program.stop_signal)

    def signal_group(self, number: signal.Signals) -> None:
        """Sends a signal to the process and what it started."""
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):  # nobody left, or (macOS) only zombies
            return

    def _read(self) -> None:
        try:
            piece = os.read(self._output, 65536)
        except BlockingIOError:
            return
        if not piece:
            self._close()
            return
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        if len(self._buffer) > _LONGEST_LINE_BYTES:
            lines, self._buffer = [*lines, self._buffer], b""
        for line in lines:
            self._log(self.program.name, line.decode(errors="replace").rstrip("\r"))

    def _close(self) -> None:
        """Takes what is left in the pipe, then closes it; harmless to repeat."""
        if self._output < 0:
            return
        descriptor, self._output = self._output, -1
        asyncio.get_running_loop().remove_reader(descriptor)
        try:
            while piece := os.read(descriptor, 65536):
                self._buffer += piece
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)
        for line in self._buffer.splitlines():
            self._log(self.program.name, line.decode(errors="replace"))
        self._buffer = b""


class Supervisor:
    """Keeps programs running until `stop`."""

    def __init__(self, log: Log, *, grace_seconds: float = 12.0) -> None:
        """`grace_seconds` is what each stop order has between its stop signal and SIGKILL."""
        self._log = log
        self._grace_seconds = grace_seconds
        self._stopping = asyncio.Event()
        self._impatient = asyncio.Event()
        self._running: dict[str, Running] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._restarts: Counter[str] = Counter()

    @property
    def is_stopping(self) -> bool:
        """True from the call of `stop` on."""
        return self._stopping.is_set()

    def keep(self, program: Program) -> None:
        """Starts the program now and again whenever it ends. Raises OSError if it cannot be started at all."""
        running = self._start(program)
        self._keepers[program.name] = asyncio.create_task(self._keep(program, running))

    def pid_of(self, name: str) -> int:
        """The process id of a kept program's present run."""
        return self._running[name].process.pid

    def restarts_of(self, name: str) -> int:
        """How often a kept program had to be started again."""
        return self._restarts[name]

    async def run_once(self, program: Program) -> int:
        """Runs a program to its end and returns its exit code; `stop` ends it early."""
        running = self._start(program)
        try:
            return await running.wait()
        finally:
            self._running.pop(program.name, None)

    def hurry(self) -> None:
        """Cuts the grace time of a stop that is under way."""
        self._impatient.set()

    async def stop(self) -> None:
        """Ends everything in its order; returns when nothing is left."""
        self._stopping.set()
        for order in sorted({running.program.stop_order for running in self._running.values()}):
            group = [running for running in self._running.values() if running.program.stop_order == order]
            for running in group:
                running.ask_to_stop()
            await self._ended(group)
            for running in group:
                running.signal_group(signal.SIGKILL)
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)

    async def _ended(self, group: list[Running]) -> None:
        deadline = time.monotonic() + self._grace_seconds
        while any(running.process.poll() is None for running in group):
            if time.monotonic() > deadline or self._impatient.is_set():
                slow = [running.program.name for running in group if running.process.poll() is None]
                self._log("supervisor", f"killing what did not stop in time: {', '.join(slow)}")
                return
            await asyncio.sleep(_POLL_SECONDS)

    def _start(self, program: Program) -> Running:
        running = Running(program, self._log)
        self._running[program.name] = running
        return running

    async def _keep(self, program: Program, running: Running) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            code = await running.wait()
            if self._stopping.is_set():
                break
            if time.monotonic() - running.started_at >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._log("supervisor", f"{program.name} {_ending(code)}; starting it again in {pause:g} s")
            self._restarts[program.name] += 1
            if await self._stopped_within(pause):
                break
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            try:
                running = self._start(program)
            except OSError as fault:
                self._log("supervisor", f"{program.name} cannot be started: {fault}")
        self._running.pop(program.name, None)

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True


def end_leftovers(folder: Path, *, grace_seconds: float = 5.0) -> int:
    """Ends what carries the installation's marker and is nobody's child any more; how many there were."""
    left = leftovers.of_installation(folder)
    leftovers.end(left, grace_seconds=grace_seconds)
    return len(left)


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
