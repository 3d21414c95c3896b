"""The matcher's answers for some minutes, by the hash of the question.

The question holds all that the answer depends on, so nothing has to be told when a profile, a match or a leave changes:
it is another question then. While Redis is away nothing is kept and everything is asked; a tenth of a second is waited.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

LIFETIME_SECONDS = 600
"""For a matcher of another release may answer otherwise."""

Answer = dict[str, Any]

log = structlog.get_logger(__name__)


def recalled(endpoint: str, request: bytes, *, ask: Callable[[], Answer]) -> Answer:
    """The kept answer to this JSON; else that of `ask`, which is then kept. Raises what that raises."""
    key = f"matcher:{endpoint}:{hashlib.sha256(request).hexdigest()}"
    try:
        kept: Answer | None = cache.get(key)
    except RedisError as error:
        log.warning("answer_cache_away", reason=str(error))
        return ask()
    if kept is not None:
        return kept
    answer = ask()
    try:
        cache.set(key, answer, LIFETIME_SECONDS)
    except RedisError as error:
        log.warning("answer_cache_away", reason=str(error))
    return answer
