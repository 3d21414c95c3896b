"""The Celery tasks of this app."""

from datetime import timedelta

import structlog
from django.conf import settings

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task
from users.services import LeavingService

log = structlog.get_logger(__name__)


@outbox_task("users.erase_due", queue="default", every=Every(timedelta(hours=1), after=timedelta(minutes=23)))
def erase_due(delivery: Delivery) -> None:
    """Erase whose two weeks are over. Each is a transaction of its own, and harmless to repeat."""
    log.info("erased", accounts=LeavingService().erase_due())
    with delivery.effect(acting_as_service()):
        pass


@outbox_task(
    "users.prune_unverified", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=47))
)
def prune_unverified(delivery: Delivery) -> None:
    """Erase accounts that were never confirmed, if PRUNE_UNVERIFIED_DAYS says after how long."""
    if settings.PRUNE_UNVERIFIED_DAYS:
        pruned = LeavingService().prune_unverified(older_than_days=settings.PRUNE_UNVERIFIED_DAYS)
        log.info("pruned_unverified", accounts=pruned)
    with delivery.effect(acting_as_service()):
        pass
