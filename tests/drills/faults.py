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
# Real tasks with ids of nothing: each attempt fails as it would for a row that is gone.
POISON = (("progress.process_delivery", "delivery_id"), ("notifications.send_account_email", "user_id"))


@dataclass(frozen=True)
class Fault:
    """One program and the signal that ends it without a goodbye; SIGQUIT is PostgreSQL's immediate shutdown."""

    program: str
    ending: signal.Signals = signal.SIGKILL


WORKER, REDIS, RELAY = Fault("worker"), Fault("redis"), Fault("relay")
POSTGRES = Fault("postgres", signal.SIGQUIT)


def full_schedule() -> list[Fault]:
    """The fifty faults of the full drill, in an order that is the same each time."""
    faults = [WORKER] * 40 + [REDIS] * 5 + [POSTGRES] * 3 + [RELAY] * 2
    random.Random(20261123).shuffle(faults)
    return faults


def small_schedule() -> list[Fault]:
    """Six faults, each kind among them."""
    return [WORKER, REDIS, WORKER, POSTGRES, RELAY, WORKER]


def strike(target: Target, fault: Fault) -> None:
    """Wait until the program is at work (a worker has its processes), and end it. Raises DrillError if it never is."""
    os.kill(_at_work(target, fault).pid, fault.ending)


def wait_until_recovered(target: Target, faults: list[Fault]) -> None:
    """Return when each of the programs runs again. Raises DrillError when one does not."""
    for fault in set(faults):
        _at_work(target, fault)


def plant(target: Target, count: int) -> set[str]:
    """Publish messages whose task always fails, and return their ids."""
    planted = set()
    for number in range(count):
        topic, argument = POISON[number % len(POISON)]
        message = str(uuid4())
        payload = f'{{"{argument}": "{uuid4()}"' + (', "template": "confirm_email"}' if "user" in argument else "}")
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
        if process and (process.children or fault.program not in {"worker", "postgres"}):
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
