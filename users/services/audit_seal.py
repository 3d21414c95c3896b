"""Seals the audit trail about every second, until told to stop. The seal itself is made by `private.audit_seal`.

One sealer works at a time: it holds an advisory lock for as long as it is connected, and any other waits to take over.
Were there two, the chain would still be one line, for the database gives a seal its number under a lock of its own.
"""

import threading
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection

from skillbridge_backend.core.access import acting_as_service

log = structlog.get_logger(__name__)

BATCH = 5000
INTERVAL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
_LOCK = "users_audit_sealer"


@dataclass(frozen=True, slots=True)
class Seal:
    """What is told of a seal outside the database; `head` stands for everything up to it."""

    sequence: int
    head: str
    entries: int


def seal_once(limit: int = BATCH) -> Seal | None:
    """Seal at most `limit` pending entries in a transaction of its own and log the new head; None when none wait.

    The log line is what a chain that was rewritten from its beginning is found by, so it belongs where whoever can
    write to the database cannot write.
    """
    with acting_as_service(), connection.cursor() as cursor:
        cursor.execute("SELECT sequence, head, entry_count FROM private.audit_seal(%s)", [limit])
        row = cursor.fetchone()
    if row is None:
        return None
    seal = Seal(*row)
    log.info("audit_sealed", sequence=seal.sequence, head=seal.head, entries=seal.entries)
    return seal


def run_until(stop: threading.Event) -> None:
    """Seal until `stop` is set; survives a database that is away, with growing pauses up to 15 s."""
    pause = INTERVAL_SECONDS
    while not stop.is_set():
        try:
            if not _is_alone():
                stop.wait(LONGEST_PAUSE_SECONDS)
                continue
            while not stop.is_set():
                seal = seal_once()
                if seal is None or seal.entries < BATCH:
                    stop.wait(INTERVAL_SECONDS)
                pause = INTERVAL_SECONDS
        except DatabaseError as error:
            log.warning("audit_sealer_waits", reason=f"{type(error).__name__}: {error}"[:200], seconds=pause)
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    connection.close()


def _is_alone() -> bool:
    """Take the lock, which ends with the connection; False when another sealer has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])
