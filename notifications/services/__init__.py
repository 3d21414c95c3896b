"""Every write of this app: what people do with their notifications, sending, and messages to many."""

from notifications.services.broadcasts import CommunicationService
from notifications.services.deliveries import DeliveryService
from notifications.services.emails import EmailService
from notifications.services.inbox import NotificationService

__all__ = ["CommunicationService", "DeliveryService", "EmailService", "NotificationService"]
