"""`python -m tests.drills`: is anything lost, is anything done twice, while processes are killed?

`--small` is 500 writes and 6 faults, without it 20,000 and 50. It prints a table and ends with exit code 1 when a line
of it does not hold. The installation is stopped at the end and its folder removed, unless something did not hold.
"""

import argparse
import itertools
import queue
import shutil
import sys
import threading
import time
from pathlib import Path

from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.embedded import postgres
from skillbridge_backend.embedded.installation import PROJECT_DIR
from tests.drills.faults import Fault, full_schedule, plant, small_schedule, strike, summary, wait_until_recovered
from tests.drills.target import DrillError, Target, log_of, running_target
from tests.drills.verdict import verdict
from tests.drills.writes import Answered, Client, Push, Reply, World

CLIENTS = 6
MOST_UNDER_WAY = 300
"""Clients pause while more messages wait: the drill measures loss, not how much a machine can take."""
DRAINING_SECONDS = 300.0


class Drill:
    """One drill against one installation."""

    def __init__(self, target: Target, *, writes: int, faults: list[Fault], poison: int) -> None:
        self._target = target
        self._writes = writes
        self._faults = faults
        self._poison = poison
        self._narrator = Narrator()
        self._answered = Answered()
        self._go = threading.Event()
        self._intents: queue.SimpleQueue[Push | Reply | None] = queue.SimpleQueue()
        self._failures: list[BaseException] = []
        self._began = time.monotonic()
        self._told_at = 0.0

    def run(self) -> bool:
        """Carry it out and print the table; True when everything holds."""
        world = World.make(self._target)
        threads = [threading.Thread(target=self._send, args=(world,), daemon=True) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        step = self._writes / len(self._faults)
        issued, planted = 0, set[str]()
        for number, fault in enumerate([*self._faults, None], start=1):
            # As far as the next fault, so that this one comes while clients write.
            until = min(self._writes, round((number + 0.5) * step))
            self._issue(issued, until)
            issued = until
            if len(planted) < self._poison:
                planted |= plant(self._target, -(-self._poison // len(self._faults)), after=len(planted))
            self._wait_for(round((number - 0.5) * step) if fault else self._writes)
            if fault:
                strike(self._target, fault)
                last_fault = time.monotonic()
        for _ in threads:
            self._intents.put(None)
        wait_until_recovered(self._target, self._faults)
        drained_after = self._drain(since=last_fault)
        lines = verdict(self._target, self._answered, writes=self._writes, planted=planted, drained_after=drained_after)
        self._narrator.table(
            ("", "found", "wanted", ""),
            [
                (line.what, line.found, line.wanted, {True: "holds", False: "DOES NOT HOLD", None: ""}[line.holds])
                for line in lines
            ],
        )
        return all(line.holds is not False for line in lines)

    def _issue(self, first: int, end: int) -> None:
        for number in range(first, end):
            self._intents.put(Reply(number) if number % 5 in {1, 3} else Push(number))

    def _send(self, world: World) -> None:
        client = Client(self._target, world, self._answered)
        try:
            while (intent := self._intents.get()) is not None:
                self._go.wait()
                client.send(intent)
        except BaseException as failure:  # noqa: BLE001 - it is raised again by the thread that waits
            self._failures.append(failure)

    def _wait_for(self, count: int) -> None:
        """Return when so many writes are answered, holding the clients back while too much is under way."""
        while self._answered.count < count:
            if self._failures:
                raise self._failures[0]
            waiting = self._target.waiting()
            if waiting is None or waiting <= MOST_UNDER_WAY:
                self._go.set()
            else:
                self._go.clear()
            self._tell(waiting)
            time.sleep(0.5)
        self._go.set()

    def _drain(self, *, since: float) -> float:
        """Seconds from the last fault until nothing waits, or until nobody waits for it any more."""
        for _ in itertools.count():
            waiting = self._target.waiting()
            passed = time.monotonic() - since
            if waiting == 0 or passed > DRAINING_SECONDS:
                return passed
            self._tell(waiting)
            time.sleep(0.5)
        raise AssertionError

    def _tell(self, waiting: int | None) -> None:
        if time.monotonic() - self._told_at > 10:
            self._told_at = time.monotonic()
            state = "PostgreSQL is away" if waiting is None else f"{waiting} messages under way"
            self._narrator.say(f"{time.monotonic() - self._began:4.0f} s: {self._answered.count} answered, {state}")


def main(arguments: list[str]) -> int:
    """Run one drill; the exit code."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--small", action="store_true", help="500 writes, 6 faults, 3 planted failures")
    parser.add_argument("--writes", type=int, help="another number of writes")
    parser.add_argument("--folder", type=Path, default=PROJECT_DIR / ".local" / "drill")
    options = parser.parse_args(arguments)
    faults = small_schedule() if options.small else full_schedule()
    writes, poison = (500, 3) if options.small else (20_000, 10)
    writes = options.writes or writes
    narrator, began = Narrator(), time.monotonic()
    narrator.say(f"{writes} writes, faults: {summary(faults)}; {poison} messages planted whose task always fails")
    try:
        with running_target(options.folder.absolute()) as target:
            holds = Drill(target, writes=writes, faults=faults, poison=poison).run()
    except DrillError as failure:
        narrator.failure(str(failure))
        holds = False
    if not holds:
        narrator.failure(f"something was lost, doubled or left over: {log_of(options.folder)} and its database")
        return 1
    postgres.remove(options.folder / "postgres")
    shutil.rmtree(options.folder, ignore_errors=True)
    narrator.end(f"nothing lost, nothing twice, in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
