"""The script on the real Redis: all buckets or none, in parallel too, and nobody's address in a key."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis
from django.conf import settings

from skillbridge_backend.core import context
from skillbridge_backend.core.errors import RateLimited
from skillbridge_backend.core.rate_limits import Bucket, Limit, count_or_refuse, give_back, key, redis_at

FIVE = Limit("five", 5, 60)
SEVEN = Limit("seven", 7, 60)


@pytest.fixture(autouse=True)
def client() -> "redis.Redis":
    client = redis_at(settings.REDIS_URL, 1.0)
    client.flushdb()
    return client


def passes(client: "redis.Redis", *buckets: Bucket) -> bool:
    try:
        count_or_refuse(buckets, client=client)
    except RateLimited:
        return False
    return True


def test_whole_quota_passes_at_once_and_then_nothing(client: "redis.Redis") -> None:
    for limit in (FIVE, SEVEN, Limit("many", 601, 60)):
        assert [passes(client, limit.bucket("a")) for _ in range(limit.quota)] == [True] * limit.quota
        if limit.quota < 10:
            assert not passes(client, limit.bucket("a"))


def test_each_has_a_bucket_of_their_own(client: "redis.Redis") -> None:
    for _ in range(5):
        passes(client, FIVE.bucket("a"))

    assert not passes(client, FIVE.bucket("a"))
    assert passes(client, FIVE.bucket("b"))
    assert passes(client, FIVE.bucket("a", "b"))
    assert passes(client, SEVEN.bucket("a"))


def test_refused_request_counts_in_no_bucket(client: "redis.Redis") -> None:
    narrow, wide = FIVE.bucket("a"), SEVEN.bucket("a")
    assert [passes(client, wide, narrow) for _ in range(20)] == [True] * 5 + [False] * 15

    assert [passes(client, wide) for _ in range(3)] == [True, True, False]


def test_request_that_the_last_bucket_alone_refuses_counts_in_the_others(client: "redis.Redis") -> None:
    shared, own = replace(FIVE.bucket("everybody"), is_last=True), SEVEN.bucket("a")
    assert [passes(client, own, shared) for _ in range(20)] == [True] * 5 + [False] * 15

    assert not passes(client, own)
    assert passes(client, SEVEN.bucket("b"))


def test_last_bucket_counts_nothing_that_another_refuses(client: "redis.Redis") -> None:
    shared, own = replace(SEVEN.bucket("everybody"), is_last=True), FIVE.bucket("a")
    assert [passes(client, shared, own) for _ in range(20)] == [True] * 5 + [False] * 15

    assert [passes(client, shared) for _ in range(3)] == [True, True, False]


def test_parallel_requests_do_not_slip_past_together(client: "redis.Redis") -> None:
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: passes(client, SEVEN.bucket("a"), FIVE.bucket("a")), range(100)))

    assert outcomes.count(True) == 5


def test_one_more_is_allowed_after_a_step(client: "redis.Redis") -> None:
    quick = Limit("quick", 4, 1).bucket("a")
    assert [passes(client, quick) for _ in range(5)] == [True] * 4 + [False]

    time.sleep(0.3)

    assert passes(client, quick)


def test_bucket_expires_when_it_is_full(client: "redis.Redis") -> None:
    quick = Limit("quick", 10, 2).bucket("a")
    passes(client, quick)
    assert 0 < client.pttl(quick.key) <= 200

    time.sleep(0.3)

    assert not client.exists(quick.key)


def test_what_is_given_back_can_be_used_again_and_no_more_than_that(client: "redis.Redis") -> None:
    bucket = FIVE.bucket("a")
    for _ in range(5):
        passes(client, bucket)

    give_back([bucket], client=client)

    assert [passes(client, bucket) for _ in range(2)] == [True, False]
    for _ in range(9):
        give_back([bucket], client=client)
    assert not client.exists(bucket.key)


def test_connection_that_redis_has_closed_is_replaced(client: "redis.Redis") -> None:
    """As after a restart of Redis: the request that finds it closed is counted, not refused."""
    passes(client, FIVE.bucket("a"))
    with redis.Redis.from_url(settings.REDIS_URL) as admin:
        admin.client_kill_filter(_id=str(client.client_id()))

    assert passes(client, FIVE.bucket("a"))


def test_headers_tell_the_tightest_bucket(client: "redis.Redis") -> None:
    passes(client, SEVEN.bucket("a"), FIVE.bucket("a"))
    told = context.rate_limit_headers.get()
    assert told == {"RateLimit-Policy": '"five";q=5;w=60', "RateLimit": '"five";r=4;t=12'}

    for _ in range(4):
        passes(client, SEVEN.bucket("a"), FIVE.bucket("a"))
    with pytest.raises(RateLimited) as refused:
        count_or_refuse([SEVEN.bucket("a"), FIVE.bucket("a")], client=client)
    assert context.rate_limit_headers.get()["RateLimit"] == '"five";r=0;t=12'
    assert refused.value.headers == {"Retry-After": "12"}
    assert "12 seconds" in refused.value.detail


def test_keys_say_nothing_about_whose_they_are(client: "redis.Redis") -> None:
    passes(client, FIVE.bucket("ada@example.org", "192.0.2.1"))

    (stored,) = client.keys("{limits}:five:*")
    assert stored == key("five", "ada@example.org", "192.0.2.1").encode()
    assert b"ada" not in stored
    assert b"192.0.2.1" not in stored
