"""`Retry-After` (RFC 9110, 10.2.3) as seconds: what far sides say of when to come back."""

from email.utils import parsedate_to_datetime
from math import isfinite

from django.utils import timezone


def seconds_of(retry_after: str) -> float | None:
    """Seconds from now, never negative; None when it says nothing that can be read."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if isfinite(seconds) else None
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - timezone.now()).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
