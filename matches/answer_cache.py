"""The matcher's answers for some minutes, by the hash of the question.

The question holds all that the answer depends on, so nothing has to be told when a profile, a match or a leave changes:
it is another question then. Without Redis there is nothing kept, and everything is asked.
"""

import hashlib
from typing import Any

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

LIFETIME_SECONDS = 600
"""For a matcher of another release may answer otherwise."""

log = structlog.get_logger(__name__)


def key_of(endpoint: str, request: bytes) -> str:
    """Where the answer to this JSON would be."""
    return f"matcher:{endpoint}:{hashlib.sha256(request).hexdigest()}"


def recall(key: str) -> dict[str, Any] | None:
    """The answer that is kept there, if any."""
    try:
        answer: dict[str, Any] | None = cache.get(key)
    except RedisError as error:
        log.warning("answer_cache_away", reason=str(error))
        return None
    return answer


def keep(key: str, answer: dict[str, Any]) -> None:
    """Keep the answer for LIFETIME_SECONDS; harmless to repeat."""
    try:
        cache.set(key, answer, LIFETIME_SECONDS)
    except RedisError as error:
        log.warning("answer_cache_away", reason=str(error))
