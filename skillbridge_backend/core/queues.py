"""The broker's queues: how long a task may take, how much may wait in the broker, how much does.

Belongs here: figures by queue. What travels is in `outbox`, who puts it there in `relay`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import redis
from django.conf import settings

QueueName = Literal["default", "ai", "notify", "webhooks", "match"]


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue. A task is asked to end at `soft_limit_seconds` and killed at `hard_limit_seconds`."""

    soft_limit_seconds: int
    hard_limit_seconds: int
    most_waiting: int
    """The relay hands over no more while so many messages wait in the broker: the rest waits in the outbox, where its
    lease does not run out."""

    @property
    def attempt_lease(self) -> timedelta:
        """How long an attempt has the message to itself: longer than it can run."""
        return timedelta(seconds=self.hard_limit_seconds + 5)


_QUICK = Queue(soft_limit_seconds=25, hard_limit_seconds=30, most_waiting=200)
_SLOW = Queue(soft_limit_seconds=100, hard_limit_seconds=110, most_waiting=4)
QUEUES: dict[QueueName, Queue] = {
    "default": Queue(soft_limit_seconds=100, hard_limit_seconds=110, most_waiting=200),
    "ai": _SLOW,
    "notify": _QUICK,
    "webhooks": _QUICK,
    "match": _SLOW,
}


def waiting_in_broker() -> dict[QueueName, int]:
    """Messages of each queue that no worker has taken yet. Raises redis.RedisError when the broker is away."""
    with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        pipeline = client.pipeline(transaction=False)
        for name in QUEUES:
            pipeline.llen(name)
        return dict(zip(QUEUES, pipeline.execute(), strict=True))
