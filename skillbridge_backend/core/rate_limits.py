"""How many requests somebody may make: limits, counted together by one script in Redis, and the headers that tell.

A `Limit` allows `quota` requests at once and gives one of them back every `window / quota` (GCRA: one number a bucket,
the moment at which it will be full again). A `Bucket` is a limit for somebody. The script counts a request in all of
its buckets or, when one of them is empty, in none: who is refused as a person uses nothing up for the network. A bucket
that strangers share is asked last: what it alone refuses has been counted in the others, or those who ask all the time
would take for nothing whatever comes back. The script is atomic and goes by Redis's clock, so parallel requests of all
processes cannot slip past together. Buckets expire when they are full. Keys are HMACs, for addresses are personal data.
They share a hash tag, because one script has to find all of them on one node of a cluster.

Belongs here: counting and telling. Which limits there are, and whether a Redis that is away refuses or lets pass, is
said where they are declared (`users/limits.py`). Source of the headers: draft-ietf-httpapi-ratelimit-headers-11.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

import redis
import structlog
from django.utils.crypto import salted_hmac
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.retry import Retry

from skillbridge_backend.core import context
from skillbridge_backend.core.errors import DomainError, RateLimited, ServiceUnavailable

PAUSE_SECONDS = 5
"""How long requests pass uncounted, without asking, after a Redis that they can do without did not answer."""

REFUSED = Counter("skillbridge_rate_limited_total", "Requests refused by a limit", ["limit"])
UNCOUNTED = Counter("skillbridge_rate_limits_uncounted_total", "Requests that passed because Redis was away", ["limit"])

log = structlog.get_logger(__name__)

# KEYS: the buckets. ARGV: 1 to count a request, -1 to give one back; then each bucket's window, step, and 1 if it is
# asked last. Answers 1 when refused, else 0; then for each bucket how long until it is full. All times in microseconds.
_COUNT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cost = tonumber(ARGV[1])
local before, after = {}, {}
local refused, refused_last = false, false
for i, key in ipairs(KEYS) do
    before[i] = math.max(tonumber(redis.call('GET', key) or now), now)
    after[i] = before[i] + cost * tonumber(ARGV[3 * i])
    if cost > 0 and after[i] > now + tonumber(ARGV[3 * i - 1]) then
        if ARGV[3 * i + 1] == '1' then refused_last = true else refused = true end
    end
end
local answer = {(refused or refused_last) and 1 or 0}
for i, key in ipairs(KEYS) do
    local full_at = before[i]
    if not refused and not (refused_last and ARGV[3 * i + 1] == '1') then
        full_at = math.max(after[i], now)
        if full_at > now then
            redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
        else
            redis.call('DEL', key)
        end
    end
    answer[i + 1] = full_at - now
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """`quota` requests within `window_seconds`; the name is what clients read in the headers."""

    name: str
    quota: int
    window_seconds: int

    @property
    def window(self) -> int:
        """In microseconds."""
        return self.window_seconds * 1_000_000

    @property
    def step(self) -> int:
        """Microseconds after which one request more is allowed; rounded down, so that the whole quota fits."""
        return self.window // self.quota

    def slower(self, factor: int) -> "Limit":
        """This part of the quota, at least one, counted in the same buckets: one request fills so much more of them."""
        return Limit(self.name, max(self.quota // factor, 1), self.window_seconds)

    def bucket(self, *whose: object) -> "Bucket":
        """The bucket of whoever these parts name together."""
        return Bucket(self, key(self.name, *whose))


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit for somebody, and where it is counted."""

    limit: Limit
    key: str
    is_last: bool = False
    """Asked after the others: what it alone refuses is counted in them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bucket stands: `full_in` microseconds from full."""

    limit: Limit
    full_in: int

    @property
    def remaining(self) -> int:
        """Requests that are allowed at this moment."""
        return (self.limit.window - self.full_in) // self.limit.step

    @property
    def more_in_seconds(self) -> int:
        """When there will be one more; with none remaining, when to try again."""
        missing = self.full_in + (self.remaining + 1) * self.limit.step - self.limit.window
        return max(ceil(missing / 1_000_000), 1)

    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit`."""
        limit = self.limit
        return {
            "RateLimit-Policy": f'"{limit.name}";q={limit.quota};w={limit.window_seconds}',
            "RateLimit": f'"{limit.name}";r={self.remaining};t={self.more_in_seconds}',
        }


def key(name: str, *whose: object) -> str:
    """The Redis key of `name` for whoever these parts name together, from which nobody without our key gets back."""
    digest = salted_hmac("core.rate_limits", "\n".join(map(str, whose)), algorithm="sha256").hexdigest()
    return f"{{limits}}:{name}:{digest}"


@cache
def redis_at(url: str, timeout_seconds: float) -> "redis.Redis":
    """A client that asks once: a script that is sent again because its answer was late would count twice."""
    return redis.Redis.from_url(
        url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds, retry=Retry(NoBackoff(), 0)
    )


def count_or_refuse(
    buckets: Sequence[Bucket], *, client: "redis.Redis", refusal: type[DomainError] = RateLimited
) -> None:
    """Count this request in all buckets and let its answer tell how the tightest stands.

    Raises `refusal`, with Retry-After, when one of them is empty; and redis.RedisError.
    """
    is_refused, standings = _run(buckets, client, cost=1)
    if is_refused:
        empty = [standing for standing in standings if standing.remaining < 1]
        worst = max(empty, key=lambda standing: standing.more_in_seconds)
        REFUSED.labels(worst.limit.name).inc()
        context.rate_limit_headers.set(worst.headers())
        wait = worst.more_in_seconds
        raise refusal(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)}, retry_after_seconds=wait)
    tightest = min(standings, key=lambda standing: (standing.remaining, -standing.more_in_seconds))
    context.rate_limit_headers.set(tightest.headers())


def give_back(buckets: Sequence[Bucket], *, client: "redis.Redis") -> None:
    """Take one request out of each bucket again. Raises redis.RedisError."""
    _run(buckets, client, cost=-1)


def count_or_be_unavailable(
    buckets: Sequence[Bucket], *, client: "redis.Redis", refusal: type[DomainError] = RateLimited
) -> None:
    """`count_or_refuse` for what must not run uncounted: raises ServiceUnavailable when Redis is away."""
    try:
        count_or_refuse(buckets, client=client, refusal=refusal)
    except redis.RedisError as error:
        raise unavailable() from error


def unavailable() -> ServiceUnavailable:
    """What somebody gets for whom nobody can count."""
    return ServiceUnavailable("This is not possible right now.", headers={"Retry-After": "5"})


_asks_again_at: dict[str, float] = {}
"""Per Redis that was away: when it is asked again, by this process's monotonic clock."""


def count_or_let_pass(buckets: Sequence[Bucket], *, url: str, timeout_seconds: float) -> None:
    """`count_or_refuse` for what matters more than being counted: passes when Redis is away.

    It waits `timeout_seconds` for Redis, and after a failure no request of this process does so for PAUSE_SECONDS.
    """
    if time.monotonic() < _asks_again_at.get(url, 0.0):
        UNCOUNTED.labels(buckets[0].limit.name).inc()
        return
    try:
        count_or_refuse(buckets, client=redis_at(url, timeout_seconds))
    except redis.RedisError as error:
        _asks_again_at[url] = time.monotonic() + PAUSE_SECONDS
        UNCOUNTED.labels(buckets[0].limit.name).inc()
        log.warning("rate_limits_uncounted", error=type(error).__name__, seconds=PAUSE_SECONDS)


def _run(buckets: Sequence[Bucket], client: "redis.Redis", *, cost: int) -> tuple[bool, list[Standing]]:
    arguments = [part for each in buckets for part in (each.limit.window, each.limit.step, int(each.is_last))]
    script = client.register_script(_COUNT)
    is_refused, *full_in = script(keys=[bucket.key for bucket in buckets], args=[cost, *arguments])
    return bool(is_refused), [Standing(bucket.limit, int(each)) for bucket, each in zip(buckets, full_in, strict=True)]
