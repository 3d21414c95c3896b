"""Every read of this app. `visible_to(actor)` comes first: a notification is its recipient's alone."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models

from notifications.enums import Channel, DeliveryStatus
from users.querysets import hidden_of

if TYPE_CHECKING:
    from notifications.models import Broadcast, ChannelDefault, Delivery, Notification, Preference
    from users.models import User


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(recipient_id=actor.pk) if actor.is_authenticated else self.none()

    def in_app(self) -> Self:
        """Those that the list shows: the person did not switch the kind off for this channel."""
        # One delivery a channel, so the join doubles nothing.
        return self.filter(deliveries__channel=Channel.IN_APP, deliveries__status=DeliveryStatus.SENT)

    def unread(self) -> Self:
        """Those not read yet."""
        return self.filter(read_at=None)

    def with_people(self) -> Self:
        """With their actors, in the same query."""
        return self.select_related("actor").defer(*hidden_of("actor"))


class PreferenceQuerySet(models.QuerySet["Preference"]):
    """What people switched on or off."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """One's own."""
        return self.filter(user_id=actor.pk) if actor.is_authenticated else self.none()


class ChannelDefaultQuerySet(models.QuerySet["ChannelDefault"]):
    """What holds for those who switched nothing."""

    def with_choice_of(self, user_id: UUID) -> Self:
        """With `choice`: what this person switched it to, or NULL."""
        choice = PreferenceQuerySet(apps.get_model("notifications", "Preference")).filter(
            user_id=user_id, kind=models.OuterRef("kind"), channel=models.OuterRef("channel")
        )
        return self.annotate(choice=models.Subquery(choice.values("is_enabled")))


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Decisions and attempts."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """Those of one's own notifications."""
        return self.filter(notification__recipient_id=actor.pk) if actor.is_authenticated else self.none()

    def with_notification(self) -> Self:
        """With the notification, its recipient and its actor, in the same query."""
        return self.select_related("notification__recipient", "notification__actor")


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    """Messages to many."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to moderators; nobody else sees who was written to."""
        return self if actor.is_authenticated and actor.is_moderating else self.none()
