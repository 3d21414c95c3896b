"""What a database that cannot do its work means to a client: `503` with `Retry-After`, and what we try again ourselves.

By SQLSTATE, as the server sent it; without one the connection was lost. Refusals of a rule are in `constraints.py`.
Source: PostgreSQL documentation, appendix A, error codes.
"""

import random
import time

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError

from skillbridge_backend.core.errors import DomainError, PermissionDenied, ServiceUnavailable

log = structlog.get_logger(__name__)

MOST_RUNS = 3
_LOST_RACES = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_DETAILS = {
    "40001": "Others changed the same at the same moment.",
    "40P01": "Others changed the same at the same moment.",
    "53100": "The database's disk is full.",
    "53200": "The database has no memory left.",
    "53300": "The database has no connection left.",
    "55P03": "Somebody else is changing this.",
    "25P03": "This took too long and was stopped.",  # idle in a transaction
    "57014": "This took too long and was stopped.",
    "25006": "The database can only be read at the moment.",
}
_NOT_ALLOWED = "42501"


class LostRace(ServiceUnavailable):
    """The transaction was rolled back as a whole because of others; the same one, run again, may pass."""


def sqlstate_of(exc: BaseException) -> str:
    """The server's five characters; empty when the connection broke before it could send any."""
    return getattr(exc.__cause__, "pgcode", None) or ""


def fault_of(exc: DatabaseError | InterfaceError) -> DomainError | None:
    """The error that a client sees; None for a mistake of ours, such as bad SQL."""
    state = sqlstate_of(exc)
    if state == _NOT_ALLOWED:
        # A policy or a grant held where a queryset or service should have: safe, and a bug.
        log.error("forbidden_by_database", exc_info=exc)
        return PermissionDenied()
    if state in _DETAILS or isinstance(exc, OperationalError | InterfaceError):
        log.error("database_fault", sqlstate=state, exc_info=exc)
        kind = LostRace if state in _LOST_RACES else ServiceUnavailable
        seconds = "1" if state in _LOST_RACES or state == "55P03" else "5"
        return kind(_DETAILS.get(state, "The database cannot be reached."), headers={"Retry-After": seconds})
    return None


def pause_before_run(run: int) -> None:
    """Sleep up to 2ʳ × 10 ms, at random, so that those who met do not meet again."""
    time.sleep(random.uniform(0, 0.01 * 2**run))  # noqa: S311  # spreads load, guards nothing
