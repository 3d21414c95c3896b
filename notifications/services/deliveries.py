"""The fate of one delivery after it was decided on: what to send, and how it went."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone

from notifications.enums import Channel, DeliveryStatus, Reason
from notifications.models import ChannelDefault, Delivery, Notification
from notifications.texts import subject_of


def group_of(user_id: UUID) -> str:
    """The channel layer's group of a person's live connections."""
    return f"notifications.{user_id}"


def live_message(notification: Notification) -> dict[str, Any]:
    """What live connections are sent: enough to show it and to know that the list is worth reading again."""
    return {
        "type": "notification",
        "id": str(notification.pk),
        "kind": notification.kind,
        "summary": subject_of(notification.kind, notification.data),
        "target_type": notification.target_type,
        "target_id": str(notification.target_id) if notification.target_id else None,
        "data": notification.data,
        "created_at": notification.created_at.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class Sending:
    """What `read` found: the delivery to send, or why there is nothing to send any more."""

    delivery: Delivery
    is_mandatory: bool
    skip_reason: Reason | None


class DeliveryService:
    """Work of the system, not of a person: callers act as the service."""

    def read(self, *, delivery_id: UUID) -> Sending | None:
        """The delivery with its notification and what speaks against sending it now; None when it is gone."""
        delivery = Delivery.objects.with_notification().filter(pk=delivery_id).first()
        if delivery is None:
            return None
        notification = delivery.notification
        rule = ChannelDefault.objects.with_choice_of(notification.recipient_id).get(
            kind=notification.kind, channel=delivery.channel
        )
        reason: Reason | None = None
        if notification.read_at:
            reason = Reason.ALREADY_READ
        elif not notification.recipient.is_active:
            reason = Reason.INACTIVE
        elif rule.choice is False and not rule.is_mandatory:
            reason = Reason.PREFERENCE_OFF
        return Sending(delivery, rule.is_mandatory, reason)

    def push_live(self, *, notification: Notification) -> None:
        """Tell the person's live connections. At most once: who is not connected reads the list, which has it."""
        message = {"type": "notification.new", "content": live_message(notification)}
        async_to_sync(get_channel_layer().group_send)(group_of(notification.recipient_id), message)

    def mark_sent(self, *, delivery_id: UUID, attempts: int) -> None:
        """The mail server took it."""
        self._finish(delivery_id, status=DeliveryStatus.SENT, attempts=attempts, sent_at=timezone.now())

    def mark_skipped(self, *, delivery_id: UUID, reason: Reason) -> None:
        """It was not sent, and why."""
        self._finish(delivery_id, status=DeliveryStatus.SKIPPED, reason=reason)

    def note_failure(self, *, delivery_id: UUID, attempts: int, is_last: bool) -> None:
        """Count an attempt that failed; the last one gives the delivery up."""
        if is_last:
            outcome = {"status": DeliveryStatus.FAILED, "reason": Reason.TRANSPORT_FAILED}
            self._finish(delivery_id, attempts=attempts, **outcome)
        else:
            self._finish(delivery_id, attempts=attempts)

    def _finish(self, delivery_id: UUID, **changes: Any) -> None:
        pending = Delivery.objects.filter(pk=delivery_id, channel=Channel.EMAIL, status=DeliveryStatus.PENDING)
        pending.update(updated_at=timezone.now(), **changes)
