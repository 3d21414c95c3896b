"""What becomes of this app's deliveries when their messages are given up."""

from uuid import UUID

from notifications.services import DeliveryService
from skillbridge_backend.core.dead_letters import on_given_up


@on_given_up("notifications.deliver")
def give_delivery_up(*, delivery_id: str) -> None:
    """It says that it failed."""
    DeliveryService().give_up(delivery_id=UUID(delivery_id))
