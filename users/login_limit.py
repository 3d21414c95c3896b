"""How many failed logins an account may see from one network address, counted in Redis.

Counting is one script, so parallel guesses cannot slip past the limit together. An attempt is counted before the
password is looked at and forgiven when it was right. Nobody is locked out for good: the count ends with its window, and
the owner can log in from elsewhere. Without Redis there is no login: a limit that fails open protects nobody.
"""

import hashlib
from functools import cache

import redis
from django.conf import settings

from skillbridge_backend.core.errors import ServiceUnavailable
from users.clients import Client
from users.exceptions import TooManyLoginAttempts

MOST_FAILURES = 10
WINDOW_SECONDS = 15 * 60

# Counts one attempt unless the limit is reached; answers the seconds to wait, 0 when there is nothing to wait for.
_COUNT_ATTEMPT = """
local failures = tonumber(redis.call('GET', KEYS[1]) or '0')
if failures >= tonumber(ARGV[1]) then
    return math.max(redis.call('TTL', KEYS[1]), 1)
end
if redis.call('INCR', KEYS[1]) == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return 0
"""


@cache
def _redis(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def _key(email: str, client: Client) -> str:
    # Hashed, because addresses are personal data and Redis is no place for them.
    return "login-failures:" + hashlib.sha256(f"{email}\n{client.ip_address}".encode()).hexdigest()


def count_attempt(email: str, client: Client) -> None:
    """Count a login attempt. Raises TooManyLoginAttempts at the limit, ServiceUnavailable when Redis is away."""
    try:
        reply = _redis(settings.REDIS_URL).eval(_COUNT_ATTEMPT, 1, _key(email, client), MOST_FAILURES, WINDOW_SECONDS)
        seconds = int(reply)
    except redis.RedisError as error:
        raise ServiceUnavailable("Logging in is not possible right now.", headers={"Retry-After": "5"}) from error
    if seconds:
        raise TooManyLoginAttempts(
            f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds
        )


def forgive(email: str, client: Client) -> None:
    """Forget the failures before a login that succeeded. Harmless when Redis is away: the count ends by itself."""
    try:
        _redis(settings.REDIS_URL).delete(_key(email, client))
    except redis.RedisError:
        return
