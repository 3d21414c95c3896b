"""The fate of one delivery after it was decided on: what to send, and how it went."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils import timezone

from notifications.enums import Channel, DeliveryStatus, Reason
from notifications.models import ChannelDefault, Delivery, Notification
from notifications.texts import subject_of
from skillbridge_backend.core.retention import delete_in_batches, older_than


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
    send_reason: Reason
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
        skip_reason: Reason | None = None
        if notification.read_at:
            skip_reason = Reason.ALREADY_READ
        elif not notification.recipient.is_active:
            skip_reason = Reason.INACTIVE
        elif rule.choice is False and not rule.is_mandatory:
            skip_reason = Reason.PREFERENCE_OFF
        send_reason = Reason.PREFERENCE_ON if rule.choice else Reason.DEFAULT_ON
        return Sending(delivery, rule.is_mandatory, Reason.MANDATORY if rule.is_mandatory else send_reason, skip_reason)

    def push_live(self, *, notification: Notification) -> None:
        """Tell the person's live connections. At most once: who is not connected reads the list, which has it."""
        message = {"type": "notification.new", "content": live_message(notification)}
        async_to_sync(get_channel_layer().group_send)(group_of(notification.recipient_id), message)

    def mark_sent(self, *, delivery_id: UUID, reason: Reason, attempts: int) -> None:
        """The mail server took it, and why it was sent; one that was given up may be sent after all, by a replay."""
        now = timezone.now()
        self._finish(delivery_id, status=DeliveryStatus.SENT, reason=reason, attempts=attempts, sent_at=now)

    def mark_skipped(self, *, delivery_id: UUID, reason: Reason) -> None:
        """It was not sent, and why."""
        self._finish(delivery_id, status=DeliveryStatus.SKIPPED, reason=reason)

    def note_failure(self, *, delivery_id: UUID, attempts: int) -> None:
        """Count an attempt that failed."""
        self._finish(delivery_id, attempts=attempts)

    def give_up(self, *, delivery_id: UUID) -> None:
        """No attempt is left."""
        self._finish(delivery_id, status=DeliveryStatus.FAILED, reason=Reason.TRANSPORT_FAILED)

    def remove_old(self) -> int:
        """Remove what is finished and was decided more than RETENTION_DELIVERY_DAYS ago, and return how many."""
        finished = Delivery.objects.exclude(status=DeliveryStatus.PENDING)
        return delete_in_batches(older_than(finished, settings.RETENTION_DELIVERY_DAYS))

    def _finish(self, delivery_id: UUID, **changes: Any) -> None:
        unsent = (DeliveryStatus.PENDING, DeliveryStatus.FAILED)
        Delivery.objects.filter(pk=delivery_id, channel=Channel.EMAIL, status__in=unsent).update(
            updated_at=timezone.now(), **changes
        )
