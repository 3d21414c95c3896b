"""`ETag` and `If-Match` for what two people can edit at once (RFC 9110, 8.8.3 and 13.1.1)."""

from datetime import datetime
from typing import Protocol

from rest_framework.request import Request

from skillbridge_backend.core.errors import PreconditionFailed


class Versioned(Protocol):
    """Anything with the time of its last change."""

    updated_at: datetime


def etag_of(instance: Versioned) -> str:
    """The weak tag of this version: it changes with `updated_at`, to the microsecond."""
    return f'W/"{int(instance.updated_at.timestamp() * 1_000_000):x}"'


def check_if_match(request: Request, instance: Versioned) -> None:
    """Refuse with `precondition_failed` (412) and the current tag when If-Match names another version.

    Call it on a row that is locked (`select_for_update`), or the check is a guess. Without the header there is no
    check.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    current = etag_of(instance)
    if current not in {tag.strip() for tag in wanted.split(",")}:
        raise PreconditionFailed(
            "Read it again, apply your change to what you find, and send it with the new ETag.",
            headers={"ETag": current},
            current_etag=current,
        )
