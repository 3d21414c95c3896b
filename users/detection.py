"""Notices attacks that stay below every limit, and slows down where they come from.

A limit bounds what one source does to one account. These bound what it does to many: failed logins with many accounts,
refresh tokens of many sessions that do not exist (any more), many bearer tokens that are nobody's. Each different one
is counted once, for the address and for its network, so a program that repeats its mistake is no attack. At the
threshold the source is slow for `SLOW_SECONDS`, anew with each further sign: it gets a tenth of every account limit
(`users/limits.py`), but for logins of those who have logged in from that address before. Operators see it as
`skillbridge_attacks_noticed_total` and in the log.

Counted in Redis by HyperLogLog, which forgets by itself and holds no address or token. Where Redis is away nothing is
noticed; the account endpoints refuse then anyway.
"""

from enum import StrEnum

import redis
import structlog
from django.conf import settings
from prometheus_client import Counter

from skillbridge_backend.core.rate_limits import key, redis_at
from users.clients import Client

SLOW_SECONDS = 15 * 60
WINDOW_SECONDS = 10 * 60
NETWORK_FACTOR = 3
"""A network may have as many more of them as one address."""
_TIMEOUT_SECONDS = 0.5

NOTICED = Counter("skillbridge_attacks_noticed_total", "Sources that were slowed down, or kept slow", ["sign"])

log = structlog.get_logger(__name__)

# KEYS: what was seen, what is slow. ARGV: this one, the threshold, the window, how long it is slow (seconds).
# Answers 2 when the source becomes slow, 1 when it stays so, else 0.
_NOTICE = """
redis.call('PFADD', KEYS[1], ARGV[1])
if redis.call('TTL', KEYS[1]) < 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[3])
end
if redis.call('PFCOUNT', KEYS[1]) < tonumber(ARGV[2]) then
    return 0
end
local is_new = redis.call('EXISTS', KEYS[2]) == 0
redis.call('SET', KEYS[2], 1, 'EX', ARGV[4])
return is_new and 2 or 1
"""


class Sign(StrEnum):
    """What gives an attack away."""

    FAILED_LOGINS = "failed_logins"
    IMPOSSIBLE_REFRESHES = "impossible_refreshes"
    UNKNOWN_TOKENS = "unknown_tokens"  # an event's name, not a secret


THRESHOLDS = {Sign.FAILED_LOGINS: 10, Sign.IMPOSSIBLE_REFRESHES: 15, Sign.UNKNOWN_TOKENS: 15}
"""Different accounts, sessions or tokens within WINDOW_SECONDS from one address."""


def notice(sign: Sign, subject: str, client: Client) -> None:
    """Count one account, session or token; '' is none. Never raises: it comes beside a refusal that has its reason."""
    if not subject or not client.counted_address:
        return
    threshold = THRESHOLDS[sign]
    found = key("subject", subject)
    try:
        script = _redis().register_script(_NOTICE)
        answers = [
            script(keys=[key(f"seen-{sign}", source), _slow(source)], args=[found, most, WINDOW_SECONDS, SLOW_SECONDS])
            for source, most in (
                (client.counted_address, threshold),
                (client.network, threshold * NETWORK_FACTOR),
            )
        ]
    except redis.RedisError:
        return
    if any(answers):
        NOTICED.labels(sign).inc()
    if 2 in answers:
        log.warning("attack_noticed", sign=str(sign), address=client.counted_address, is_network=answers[0] != 2)


def is_slow(client: Client) -> bool:
    """Whether the address or its network is slowed down. Raises redis.RedisError."""
    return bool(client.counted_address and _redis().exists(_slow(client.counted_address), _slow(client.network)))


def _slow(source: str) -> str:
    return key("slow", source)


def _redis() -> "redis.Redis":
    return redis_at(settings.REDIS_URL, _TIMEOUT_SECONDS)
