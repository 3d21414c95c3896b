"""Whose turn it is to ask a host: one request at a time, a pause after each, none for as long as it asks us to wait.

One key for each host in the Redis that never forgets before its time: while it is there, the host is left alone.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from roadmaps.link_checker import BusyError
from skillbridge_backend.core.rate_limits import redis_at

PAUSE_SECONDS = 1.0
"""After each request to a host."""
LOOK_SECONDS = 0.1
"""Between two looks whether it is our turn."""
SPARE_SECONDS = 5.0
"""How much longer than a request may take its turn lasts, should its worker die meanwhile."""
_TIMEOUT_SECONDS = 1.0
# Unless it was said meanwhile that the host is to be left alone.
_END = "if redis.call('GET', KEYS[1]) == 'asked' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end"


class HostTurns:
    """The turns of all workers together. Every method raises redis.RedisError when Redis is away."""

    @contextmanager
    def turn(self, host: str, *, ends: float) -> Iterator[None]:
        """One request's turn, waited for until `ends` of the monotonic clock. Raises BusyError."""
        redis, key = redis_at(settings.REDIS_URL, _TIMEOUT_SECONDS), _key(host)
        while True:
            left = ends - time.monotonic()
            lasts = max(1, int((left + SPARE_SECONDS) * 1000))
            if left > 0 and redis.set(key, "asked", nx=True, px=lasts):
                break
            free_in = max(int(redis.pttl(key)), 0) / 1000
            # A turn that somebody has is given back early; a host that asked us to wait is not.
            if left <= 0 or (free_in > left and redis.get(key) == b"left alone"):
                raise BusyError(max(free_in, 2 * PAUSE_SECONDS))
            time.sleep(min(LOOK_SECONDS, left))
        try:
            yield
        finally:
            redis.register_script(_END)(keys=[key], args=[int(PAUSE_SECONDS * 1000)])

    def leave_alone(self, host: str, *, seconds: float) -> None:
        """Nobody's turn for so long."""
        redis_at(settings.REDIS_URL, _TIMEOUT_SECONDS).set(_key(host), "left alone", px=int(seconds * 1000))


def _key(host: str) -> str:
    return f"roadmaps:turn:{host}"
