"""A circuit breaker: after some failures in a row a far side is left alone for a while, so that nobody waits for it.

In-process and per client; the caller passes the time in. Source: Michael Nygard, "Release It!", 2007.
"""

import threading
from dataclasses import dataclass, field


@dataclass
class CircuitBreaker:
    """Closed (calls pass), open (none pass, for `rest_seconds`), then half-open (one call decides)."""

    most_failures: int = 3
    rest_seconds: float = 10.0
    _failures: int = 0
    _opened_at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def allows(self, now: float) -> bool:
        """Whether a call may be made at `now` (seconds of a monotonic clock)."""
        with self._lock:
            if self._opened_at is None:
                return True
            if now - self._opened_at < self.rest_seconds:
                return False
            # The one call that tries; others rest until it has answered or another rest is over.
            self._opened_at = now
            return True

    def succeeded(self) -> None:
        """The far side answered: closed again."""
        with self._lock:
            self._failures, self._opened_at = 0, None

    def failed(self, now: float) -> None:
        """The far side did not answer; open after `most_failures` in a row."""
        with self._lock:
            self._failures += 1
            if self._failures >= self.most_failures:
                self._opened_at = now
