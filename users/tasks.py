"""Periodic work of this app."""

from datetime import timedelta

import structlog

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task
from users.services import challenges

log = structlog.get_logger(__name__)


@outbox_task(
    "users.prune_challenges", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=53))
)
def prune_challenges(delivery: Delivery) -> None:
    """Remove challenges that nobody can answer any more."""
    log.info("pruned", model="Challenge", rows=challenges.remove_old())
    with delivery.effect(acting_as_service()):
        pass  # the batches are transactions of their own, and harmless to repeat
