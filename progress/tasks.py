"""Background work of this app: ids in, rights, one service call."""

from datetime import timedelta
from uuid import UUID

import structlog

from progress.services import AnalyticsService, DeliveryService
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task

log = structlog.get_logger(__name__)


@outbox_task("progress.process_delivery", queue="webhooks")
def process_delivery(delivery: Delivery, *, delivery_id: str) -> None:
    """Make entries of the log from a webhook delivery."""
    with delivery.effect(acting_as_service()):
        done = DeliveryService.process_delivery(delivery_id=UUID(delivery_id))
        log.info("delivery_processed", status=done.status, reason=done.reason, entries=done.entries_recorded)


@outbox_task("progress.roll_up_days", queue="default", every=Every(timedelta(hours=1), after=timedelta(minutes=5)))
def roll_up_days(delivery: Delivery) -> None:
    """Recompute the daily sums of the last weeks."""
    with delivery.effect(acting_as_service()):
        corrected = AnalyticsService.roll_up_days()
        log.info("days_rolled_up", corrected=corrected)


@outbox_task("progress.prune", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=27)))
def prune(delivery: Delivery) -> None:
    """Empty the payloads of webhook deliveries that were dealt with long ago."""
    log.info("pruned", model="WebhookDelivery", rows=DeliveryService.empty_old_payloads())
    with delivery.effect(acting_as_service()):
        pass  # the batches are transactions of their own, and harmless to repeat
