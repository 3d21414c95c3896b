"""Notifications, what people prefer, and every decision and attempt to deliver.

Rows of `Notification` and `Delivery` are written by the database (`sql/0002_notify.sql`), in the transaction of the
fact they tell of.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.enums import BroadcastStatus, Channel, DeliveryStatus, Kind, Reason
from notifications.querysets import (
    BroadcastQuerySet,
    ChannelDefaultQuerySet,
    DeliveryQuerySet,
    NotificationQuerySet,
    PreferenceQuerySet,
)
from skillbridge_backend.core.erasure import GHOST, GONE, UNNAMED
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel
from users.enums import Role

LONGEST_BROADCAST = 2_000
"""Characters; each recipient's notification carries the text."""


class Notification(IdentifiedModel):
    """Something that a person is told; `data` holds the few names its texts need, such as `{"title": …, "by": …}`."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notifications",
        db_index=False,
        db_comment=GONE,
    )
    kind = models.CharField(max_length=30, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_comment=UNNAMED,
    )
    target_type = models.CharField(max_length=40, help_text="what it is about, such as forum_post")
    target_id = models.UUIDField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    uniqueness_key = models.CharField(max_length=200, unique=True, help_text="a fact is told once to a person")
    read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_known"),
            models.CheckConstraint(condition=~Q(uniqueness_key=""), name="notification_key_given"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notification_by_recipient"),
            models.Index(fields=["recipient", "-id"], condition=Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id}"


class ChannelDefault(models.Model):
    """Whether a kind goes over a channel for people who switched nothing. A view: a migration says what is in it."""

    id = models.CharField(primary_key=True, max_length=60)
    kind = models.CharField(max_length=30, choices=Kind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    is_enabled = models.BooleanField()
    is_mandatory = models.BooleanField(help_text="cannot be switched off")
    choice: bool | None
    """What a person chose; only there after `with_choice_of`."""
    objects = ChannelDefaultQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "notifications_channeldefault"

    def __str__(self) -> str:
        return self.id


class Preference(TimestampedModel):
    """What a person switched on or off; without a row the default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notification_preferences",
        db_index=False,
        db_comment=GONE,
    )
    kind = models.CharField(max_length=30, choices=Kind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    is_enabled = models.BooleanField()
    objects = PreferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="preference_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="preference_kind_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="preference_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {'on' if self.is_enabled else 'off'}"


class Delivery(TimestampedModel):
    """One notification over one channel: what was decided and why, and how sending went."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices)
    reason = models.CharField(max_length=30, choices=Reason.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="delivery_channel_known"),
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="delivery_reason_known"),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.FAILED, reason=Reason.TRANSPORT_FAILED)
                | (~Q(status=DeliveryStatus.FAILED) & ~Q(reason=Reason.TRANSPORT_FAILED)),
                name="delivery_failed_by_transport",
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.SENT, sent_at__isnull=False)
                | (~Q(status=DeliveryStatus.SENT) & Q(sent_at=None)),
                name="delivery_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["status"], condition=Q(status__in=["pending", "failed"]), name="delivery_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.status} ({self.reason})"


class Broadcast(TimestampedModel):
    """A message from an admin to many people: everybody of a role, of a track, of both, or all."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_comment=GHOST)
    role = models.CharField(max_length=10, choices=Role.choices, blank=True, help_text="empty: every role")
    track = models.ForeignKey(
        "users.Track",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="people who want a skill of it; empty: whatever they learn",
    )
    subject = models.CharField(max_length=150)
    body = models.TextField(max_length=LONGEST_BROADCAST, help_text="plain text")
    status = models.CharField(max_length=10, choices=BroadcastStatus.choices, default=BroadcastStatus.RUNNING)
    recipient_count = models.PositiveIntegerField(default=0, help_text="people reached so far")
    objects = BroadcastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=BroadcastStatus.values), name="broadcast_status_known"),
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="broadcast_role_known"),
            models.CheckConstraint(condition=~Q(subject=""), name="broadcast_subject_given"),
            models.CheckConstraint(
                condition=Q(body__length__gte=1, body__length__lte=LONGEST_BROADCAST), name="broadcast_body_length"
            ),
        ]

    def __str__(self) -> str:
        return self.subject
