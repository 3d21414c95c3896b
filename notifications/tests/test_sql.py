"""What the database decides by itself: who is told, once, over which channel, and why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from notifications.enums import Channel, Kind
from notifications.models import ChannelDefault, Delivery, Notification
from notifications.tests.factories import NotificationFactory, PreferenceFactory
from skillbridge_backend.core.models import OutboxMessage
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def notify(recipient: User, kind: str = "reply_posted", actor: User | None = None, key: str | None = "k") -> None:
    """As a trigger function of another app does."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE sb_definer")
        cursor.execute(
            "SELECT private.notify(%s, %s, %s, 'forum_post', NULL, '{\"title\": \"x\"}', %s)",
            [recipient.pk, kind, actor.pk if actor else None, key],
        )
        cursor.execute("RESET ROLE")


def decisions(user: User) -> set[tuple[str, str, str]]:
    return set(Delivery.objects.filter(notification__recipient=user).values_list("channel", "status", "reason"))


def test_notify_twice_with_one_key_tells_once() -> None:
    user = UserFactory()
    notify(user)
    notify(user)
    assert Notification.objects.filter(recipient=user).count() == 1
    assert Delivery.objects.count() == 2
    assert OutboxMessage.objects.filter(topic="notifications.deliver").count() == 2


def test_notify_without_key_tells_each_time() -> None:
    user = UserFactory()
    notify(user, key=None)
    notify(user, key=None)
    assert Notification.objects.filter(recipient=user).count() == 2


@pytest.mark.parametrize(("kind", "told"), [("reply_posted", 0), ("mentioned", 0), ("badge_awarded", 1)])
def test_notify_of_ones_own_doing_only_for_achievements(kind: str, told: int) -> None:
    user = UserFactory()
    notify(user, kind, actor=user)
    assert Notification.objects.filter(recipient=user).count() == told


def test_notify_nobody_writes_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT private.notify(NULL, 'mentioned', NULL, '', NULL, '{}', 'k')")
    assert not Notification.objects.exists()


def test_notify_may_not_be_called_by_a_request() -> None:
    user = UserFactory()
    sql = "SET LOCAL ROLE authenticated; SELECT private.notify(%s, 'mentioned', NULL, '', NULL, '{}', 'k')"
    with transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute(sql, [user.pk])
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("person", "preference", "kind", "email"),
    [
        ({}, None, "reply_posted", ("email", "pending", "default_on")),
        ({}, None, "module_completed", ("email", "skipped", "default_off")),
        ({}, False, "reply_posted", ("email", "skipped", "preference_off")),
        ({}, True, "module_completed", ("email", "pending", "preference_on")),
        ({}, False, "account_security", ("email", "pending", "mandatory")),
        ({"confirmed": False}, True, "reply_posted", ("email", "skipped", "no_confirmed_address")),
        ({"is_active": False}, None, "reply_posted", ("email", "skipped", "inactive")),
    ],
)
def test_delivery_has_one_reason(
    person: dict[str, Any], preference: bool | None, kind: str, email: tuple[str, str, str]
) -> None:
    user = UserFactory(**person)
    if preference is not None:
        PreferenceFactory(user=user, kind=kind, is_enabled=preference)
    notify(user, kind)
    assert email in decisions(user)
    waiting = Delivery.objects.exclude(status="skipped").filter(notification__recipient=user)
    keys = set(OutboxMessage.objects.values_list("key", flat=True))
    assert keys == {f"delivery:{delivery.pk}" for delivery in waiting}


def test_in_app_is_sent_at_once_unless_switched_off() -> None:
    one, other = UserFactory(), UserFactory()
    PreferenceFactory(user=other, channel=Channel.IN_APP)
    notify(one, key="a")
    notify(other, key="b")
    assert ("in_app", "sent", "default_on") in decisions(one)
    assert ("in_app", "skipped", "preference_off") in decisions(other)


def test_bulk_insert_decides_for_every_row() -> None:
    users = UserFactory.create_batch(20)
    rows = [NotificationFactory.build(recipient=user, actor=None) for user in users]
    Notification.objects.bulk_create(rows)
    assert Delivery.objects.count() == 40
    assert OutboxMessage.objects.count() == 40


def test_bulk_insert_with_known_keys_decides_only_for_new_rows() -> None:
    user = UserFactory()
    NotificationFactory(recipient=user, uniqueness_key="known")
    rows = [NotificationFactory.build(recipient=user, actor=None, uniqueness_key=key) for key in ("known", "new")]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    assert Delivery.objects.count() == 4


def test_rollback_takes_notification_and_outbox_along() -> None:
    with transaction.atomic():
        notify(UserFactory())
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_defaults_name_every_kind_and_channel_once() -> None:
    cells = set(ChannelDefault.objects.values_list("kind", "channel"))
    assert cells == {(str(kind), str(channel)) for kind in Kind for channel in Channel}
    assert ChannelDefault.objects.count() == len(cells)


@pytest.mark.parametrize(
    "change", [{"status": "sent"}, {"sent_at": timezone.now() - timedelta(days=1)}, {"status": "x"}, {"reason": "x"}]
)
def test_delivery_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    NotificationFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(channel="email").update(**change)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NotificationFactory(kind="gossip")


def test_deleting_a_person_deletes_what_they_were_told() -> None:
    notification = NotificationFactory()
    actor = notification.actor
    actor.delete()
    notification.refresh_from_db()
    assert notification.actor is None
    notification.recipient.delete()
    assert not Delivery.objects.exists()
