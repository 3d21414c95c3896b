"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from notifications.models import Broadcast, Delivery, Notification, Preference
from skillbridge_backend.core.personal_data import Section

SECTIONS = (
    Section(
        "notifications",
        ("notifications_notification.recipient_id",),
        lambda person: Notification.objects.filter(recipient_id=person),
        ("id", "kind", "target_type", "target_id", "data", "read_at", "created_at"),
    ),
    Section(
        "notification_deliveries",
        (),
        lambda person: Delivery.objects.filter(notification__recipient_id=person),
        ("notification_id", "channel", "status", "reason", "attempts", "sent_at", "created_at"),
    ),
    Section(
        "notification_preferences",
        ("notifications_preference.user_id",),
        lambda person: Preference.objects.filter(user_id=person),
        ("kind", "channel", "is_enabled", "updated_at"),
    ),
    Section(
        "broadcasts",
        ("notifications_broadcast.author_id",),
        lambda person: Broadcast.objects.filter(author_id=person),
        ("subject", "body", "role", "recipient_count", "created_at"),
    ),
)
EXEMPT = {"notifications_notification.actor_id": "what others were told; the acts themselves are in their own files"}
