"""Who and which request the current work belongs to: read by logs, outbox rows and the matcher's client."""

import re
from contextvars import ContextVar
from uuid import UUID

from skillbridge_backend.core.ids import new_id

REQUEST_ID_HEADER = "X-Request-ID"
_ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that caused the current work, in whatever process; '' outside of any."""

actor_id: ContextVar[UUID | None] = ContextVar("actor_id", default=None)
"""The person on whose behalf the current work is done, or None."""

client: ContextVar[dict[str, str]] = ContextVar("client", default={})  # noqa: B039  # replaced, never changed
"""Claims about the far side of the current request (`ip`, `user_agent`) for the audit trail; empty when not known."""

rate_limit_headers: ContextVar[dict[str, str]] = ContextVar("rate_limit_headers", default={})  # noqa: B039  # likewise
"""What the answer to the current request tells about its tightest limit; empty when none was counted."""


def acceptable_request_id(candidate: str | None) -> str:
    """`candidate` when it is a harmless id of 8 to 64 letters, digits, dots, dashes; otherwise a new one."""
    if candidate and _ACCEPTABLE_REQUEST_ID.match(candidate):
        return candidate
    return str(new_id())
