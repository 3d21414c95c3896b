"""When personal tokens were used: noted in Redis by requests, written to their rows by a worker once a minute.

So a request takes no lock on the row that all requests with this token share. Redis may forget: then a use is not
shown. With it goes the token's hash under the newest key, so that an old key has nothing left to do for what is in use.
"""

from datetime import UTC, datetime
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.utils import timezone

from skillbridge_backend.core.rate_limits import redis_at

_KEY = "{token-uses}:waiting"
_TIMEOUT_SECONDS = 0.1

log = structlog.get_logger(__name__)


def note_use(token_id: UUID, token_hash: str) -> None:
    """This token was used now. A Redis that is away is no reason to refuse a request."""
    try:
        redis_at(settings.CACHE_URL, _TIMEOUT_SECONDS).hset(
            _KEY, token_id.hex, f"{timezone.now().timestamp()} {token_hash}"
        )
    except redis.RedisError as error:
        log.warning("token_use_not_noted", error=type(error).__name__)


def take_uses() -> dict[UUID, tuple[datetime, str]]:
    """What was noted since the last time, and its hash; each is given out once."""
    pipeline = redis_at(settings.CACHE_URL, 1.0).pipeline(transaction=True)
    pipeline.hgetall(_KEY)
    pipeline.delete(_KEY)
    noted, _ = pipeline.execute()
    uses = {}
    for token_id, note in noted.items():
        at, _, token_hash = note.decode().partition(" ")
        uses[UUID(hex=token_id.decode())] = (datetime.fromtimestamp(float(at), UTC), token_hash)
    return uses
