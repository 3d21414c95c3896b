"""The faults of a drill: who is killed, how, and what is planted."""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from uuid import uuid4

import psycopg2

from tests.drills.target import DrillError, Process, Target

RECOVERY_SECONDS = 120.0
# Real tasks of three queues and both workers: of a delivery that is not there, with what the task knows nothing of,
# without what it needs. Each attempt fails.
POISON = (("progress.process_delivery", "delivery_id"), ("core.prune", "nothing"), ("roadmaps.generate", "nothing"))


@dataclass(frozen=True)
class Fault:
    """One program and the signal that ends it without a goodbye; SIGQUIT is PostgreSQL's immediate shutdown."""

    program: str
    ending: signal.Signals = signal.SIGKILL


WORKER, SLOW_WORKER = Fault("worker"), Fault("worker-slow")
REDIS, RELAY = Fault("redis"), Fault("relay")
POSTGRES = Fault("postgres", signal.SIGQUIT)


def full_schedule() -> list[Fault]:
    """The fifty faults of the full drill, in an order that is the same each time."""
    faults = [WORKER] * 32 + [SLOW_WORKER] * 8 + [REDIS] * 5 + [POSTGRES] * 3 + [RELAY] * 2
    random.Random(20261123).shuffle(faults)
    return faults


def small_schedule() -> list[Fault]:
    """Six faults, each kind among them."""
    return [WORKER, REDIS, SLOW_WORKER, POSTGRES, RELAY, WORKER]


def strike(target: Target, fault: Fault) -> None:
    """Wait until the program is at work (a worker has its processes), and end it. Raises DrillError if it never is."""
    os.kill(_at_work(target, fault).pid, fault.ending)


def wait_until_recovered(target: Target, faults: list[Fault]) -> None:
    """Return when each of the programs runs again. Raises DrillError when one does not."""
    for fault in set(faults):
        _at_work(target, fault)


def plant(target: Target, count: int, *, after: int = 0) -> set[str]:
    """Publish messages whose task always fails, one kind after another beginning `after` so many; return their ids."""
    planted = set()
    for number in range(after, after + count):
        topic, argument = POISON[number % len(POISON)]
        message = str(uuid4())
        payload = f'{{"{argument}": "{uuid4()}"}}'
        _when_it_answers(
            target,
            "INSERT INTO core_outbox (id, topic, payload, request_id, created_at, available_at, attempts, last_error)"
            " VALUES (%s, %s, %s, '', now(), now(), 0, '') ON CONFLICT DO NOTHING",
            message,
            topic,
            payload,
        )
        planted.add(message)
    return planted


def summary(faults: list[Fault]) -> str:
    """Such as "40 × worker, 5 × redis"."""
    return ", ".join(f"{count} × {name}" for name, count in Counter(fault.program for fault in faults).most_common())


def _at_work(target: Target, fault: Fault) -> Process:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        process = target.find(fault.program)
        if process and (process.children or fault.program not in {"worker", "worker-slow", "postgres"}):
            return process
        time.sleep(0.2)
    raise DrillError(f"{fault.program} did not come back within {RECOVERY_SECONDS:.0f} s")


def _when_it_answers(target: Target, statement: str, *parameters: object) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            target.rows(statement, *parameters)
        except psycopg2.Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return
