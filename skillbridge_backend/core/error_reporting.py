"""Error reports to Sentry, without personal data. Does nothing without a DSN."""

from typing import Any

import sentry_sdk
from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

from skillbridge_backend.core.logging import scrub

DENYLIST = [*DEFAULT_DENYLIST, "email", "phone", "refresh", "access", "code", "key", "signature", "bio", "body"]


def start_error_reporting(dsn: str, *, release: str) -> None:
    """Send unhandled errors to `dsn`, every string scrubbed the way logs are."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        send_default_pii=False,
        max_request_body_size="never",
        # A secret has another name in each function that it passes through.
        include_local_variables=False,
        # Sentry's own default is not recursive: a nested password would pass.
        event_scrubber=EventScrubber(denylist=DENYLIST, recursive=True),
        before_send=_scrub_event,
    )


def _scrub_event(event: Any, _hint: dict[str, Any]) -> Any:
    return scrub(event)
