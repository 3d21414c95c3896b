"""Each test of this app begins with nothing counted: all of their clients have one address."""

import pytest
from django.conf import settings

from skillbridge_backend.core.rate_limits import redis_at


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    redis_at(settings.REDIS_URL, 1.0).flushdb()
