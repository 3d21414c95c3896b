"""Whose turn it is to ask a host: one request at a time to its site, with a pause after each.

Two kinds of keys in the Redis that never forgets before its time: while a site's is there, none of its hosts is asked,
and a host is left alone for as long as its own is. What one host asks for does not bind those who share its site.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from roadmaps.link_checker import BusyError
from roadmaps.sites import site_of
from skillbridge_backend.core.rate_limits import redis_at

PAUSE_SECONDS = 1.0
"""After each request to a site."""
LOOK_SECONDS = 0.1
"""Between two looks whether it is our turn."""
SPARE_SECONDS = 5.0
"""How much longer than a request may take its turn lasts, should its worker die meanwhile."""
_TIMEOUT_SECONDS = 1.0


class HostTurns:
    """The turns of all workers together. Every method raises redis.RedisError when Redis is away."""

    @contextmanager
    def turn(self, host: str, *, ends: float) -> Iterator[None]:
        """One request's turn, waited for until `ends` of the monotonic clock. Raises BusyError."""
        redis, key = redis_at(settings.REDIS_URL, _TIMEOUT_SECONDS), _turn_of(host)
        while True:
            rests = _seconds_of(redis.pttl(_rest_of(host)))
            left = ends - time.monotonic()
            lasts = max(1, int((left + SPARE_SECONDS) * 1000))
            if left > 0 and not rests and redis.set(key, "asked", nx=True, px=lasts):
                break
            # A turn that somebody has is given back early; a host that asked us to wait is not.
            if left <= 0 or rests > left:
                raise BusyError(max(rests, _seconds_of(redis.pttl(key)), 2 * PAUSE_SECONDS))
            time.sleep(min(LOOK_SECONDS, left))
        try:
            yield
        finally:
            redis.pexpire(key, int(PAUSE_SECONDS * 1000))

    def leave_alone(self, host: str, *, seconds: float) -> None:
        """Nobody's turn at this host for so long."""
        redis_at(settings.REDIS_URL, _TIMEOUT_SECONDS).set(_rest_of(host), "left alone", px=int(seconds * 1000))


def _turn_of(host: str) -> str:
    return f"roadmaps:turn:{site_of(host)}"


def _rest_of(host: str) -> str:
    return f"roadmaps:rest:{host}"


def _seconds_of(milliseconds: Any) -> float:
    """What Redis says of a key's time; 0 where there is no such key."""
    return max(int(milliseconds), 0) / 1000
