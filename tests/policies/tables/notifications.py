"""Notifications: one's own; messages to many are for those who moderate to see."""

from typing import Any

from django.utils import timezone

from notifications.enums import Reason
from notifications.models import Delivery
from notifications.tests.factories import BroadcastFactory, NotificationFactory, PreferenceFactory
from tests.policies.access import MODERATING, OWNER, Access, columns_of
from tests.policies.world import World


def build(world: World) -> None:
    """A notification with its deliveries, a preference, a message to many."""
    notification = NotificationFactory(recipient=world.learner, data={"title": world.SECRET, "by": "ada"})
    world.remember(
        notification,
        Delivery.objects.get(notification=notification, channel="email"),
        PreferenceFactory(user=world.learner),
        BroadcastFactory(author=world.admin),
    )


def undelivered(world: World) -> dict[str, Any]:
    """The delivery of a notification of the learner's that has none by e-mail."""
    notification = NotificationFactory(recipient=world.learner)
    Delivery.objects.filter(notification=notification, channel="email").delete()
    return columns_of(Delivery(notification=notification, channel="email", status="pending", reason=Reason.DEFAULT_ON))


TABLES = {
    "notifications_notification": Access(
        select=OWNER,
        update=OWNER,
        new_row=lambda world: columns_of(NotificationFactory.build(recipient=world.learner, actor=None)),
        change=("read_at", timezone.now()),
    ),
    "notifications_delivery": Access(
        select=OWNER,
        new_row=undelivered,
        change=("attempts", 3),
    ),
    "notifications_preference": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        delete=OWNER,
        new_row=lambda world: columns_of(PreferenceFactory.build(user=world.learner, kind="mentioned")),
        change=("is_enabled", True),
    ),
    "notifications_broadcast": Access(
        select=MODERATING,
        new_row=lambda world: columns_of(BroadcastFactory.build(author=world.admin)),
        change=("subject", "Another"),
    ),
}
