"""Delivery over a real SMTP server: what is sent, what is skipped, what is tried again."""

import time
from collections.abc import Callable, Iterator

import pytest
from celery import current_app
from django.conf import LazySettings
from django.test import override_settings
from django.utils import timezone

from notifications.enums import AccountTemplate, Kind
from notifications.models import Delivery, Notification
from notifications.tasks import OF_EMAIL_CHANGES
from notifications.tests.factories import NotificationFactory, PreferenceFactory
from notifications.tests.smtp_server import Mailbox, smtp_server
from skillbridge_backend.core import dead_letters, outbox
from skillbridge_backend.core.models import InboxReceipt, OutboxMessage
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Drain = Callable[[], list[str]]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with (
        smtp_server() as box,
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=box.port,
            EMAIL_HOST_USER="",
            EMAIL_USE_TLS=False,
            EMAIL_USE_SSL=False,
            DEFAULT_FROM_EMAIL="SkillBridge <hello@skillbridge.test>",
            PUBLIC_URL="https://api.skillbridge.test",
            WEB_APP_URL="https://app.skillbridge.test",
        ),
    ):
        yield box


def email_of(notification: Notification) -> Delivery:
    return notification.deliveries.get(channel="email")


def test_deliver_sends_the_email_and_marks_it(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()

    assert drain_outbox() == ["notifications.deliver"] * 2

    [message] = mailbox.messages
    delivery = email_of(notification)
    assert (delivery.status, delivery.reason, delivery.attempts) == ("sent", "default_on", 1)
    assert delivery.sent_at is not None
    assert message["To"] == notification.recipient.email
    assert message["Subject"] == "ada replied in “How do joins work?”"
    assert message["Message-ID"] == f"<delivery.{delivery.pk}@skillbridge.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (
        message["List-Unsubscribe"].strip().startswith("<https://api.skillbridge.test/api/v1/notification-preferences/")
    )
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    link = f"https://app.skillbridge.test/notifications/{notification.pk}"
    assert link in plain.get_content()
    assert link in html.get_content()


def test_deliver_again_sends_nothing_more(mailbox: Mailbox, drain_outbox: Drain) -> None:
    NotificationFactory()
    drain_outbox()
    message = OutboxMessage.objects.order_by("pk").last()
    assert message is not None
    current_app.tasks[message.topic](str(message.pk), message.payload, message.attempts)
    assert len(mailbox.messages) == 1


def test_deliver_after_a_crash_between_sending_and_commit_has_the_same_message_id(
    mailbox: Mailbox, drain_outbox: Drain
) -> None:
    NotificationFactory()
    drain_outbox()
    # What a crash leaves behind: the e-mail is out, nothing of the effect is committed.
    InboxReceipt.objects.all().delete()
    OutboxMessage.objects.update(done_at=None)
    delivery = Delivery.objects.get(channel="email")
    Delivery.objects.filter(pk=delivery.pk).delete()
    delivery.status, delivery.sent_at = "pending", None
    delivery.save(force_insert=True)

    drain_outbox()

    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_mandatory_email_has_no_unsubscribe_link(mailbox: Mailbox, drain_outbox: Drain) -> None:
    NotificationFactory(kind=Kind.ACCOUNT_SECURITY)
    drain_outbox()
    [message] = mailbox.messages
    assert message["List-Unsubscribe"] is None
    assert "unsubscribe" not in message.as_string()


def test_without_a_web_application_there_is_no_dead_link(mailbox: Mailbox, drain_outbox: Drain) -> None:
    NotificationFactory()
    with override_settings(WEB_APP_URL="https://api.skillbridge.test"):
        drain_outbox()
    plain = mailbox.messages[0].get_body(("plain",))
    assert plain is not None
    assert "Open it" not in plain.get_content()


def test_read_before_sending_skips_the_email(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()
    Notification.objects.update(read_at=timezone.now())
    drain_outbox()
    assert not mailbox.messages
    assert (email_of(notification).status, email_of(notification).reason) == ("skipped", "already_read")


def test_switched_off_before_sending_skips_the_email(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()
    PreferenceFactory(user=notification.recipient)
    drain_outbox()
    assert not mailbox.messages
    assert email_of(notification).reason == "preference_off"


def test_deactivated_before_sending_skips_the_email(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()
    User.objects.filter(pk=notification.recipient_id).update(is_active=False)
    drain_outbox()
    assert not mailbox.messages
    assert email_of(notification).reason == "inactive"


def test_deleted_before_sending_ends_quietly(mailbox: Mailbox, drain_outbox: Drain) -> None:
    NotificationFactory().delete()
    drain_outbox()
    assert not mailbox.messages
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_refusing_server_puts_it_off_then_gives_it_up(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()
    mailbox.is_refusing = True
    for attempt in range(1, outbox.MOST_ATTEMPTS + 1):
        drain_outbox()
        delivery = email_of(notification)
        is_last = attempt == outbox.MOST_ATTEMPTS
        assert delivery.attempts == attempt
        assert delivery.status == ("failed" if is_last else "pending")
        assert delivery.reason == ("transport_failed" if is_last else "default_on")
    dead = OutboxMessage.objects.get(dead_at__isnull=False)
    assert "451" in dead.last_error


def test_replayed_dead_letter_is_sent_after_all(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()
    mailbox.is_refusing = True
    for _ in range(outbox.MOST_ATTEMPTS):
        drain_outbox()
    mailbox.is_refusing = False

    dead_letters.replay(decided_by="a test", topic="notifications.deliver")
    drain_outbox()

    delivery = email_of(notification)
    assert (delivery.status, delivery.reason, len(mailbox.messages)) == ("sent", "default_on", 1)


def test_server_that_comes_back_gets_the_email(mailbox: Mailbox, drain_outbox: Drain) -> None:
    notification = NotificationFactory()
    with override_settings(EMAIL_PORT=9):
        drain_outbox()
    assert email_of(notification).status == "pending"
    drain_outbox()
    assert len(mailbox.messages) == 1
    assert (email_of(notification).status, email_of(notification).attempts) == ("sent", 2)


# Those of changes of addresses go elsewhere: users/tests/test_api_email_changes.py.
TO_THE_ACCOUNT = [each for each in AccountTemplate if each not in {*OF_EMAIL_CHANGES, AccountTemplate.ADDRESS_IN_USE}]


@pytest.mark.parametrize("template", TO_THE_ACCOUNT)
def test_account_email_goes_to_an_unconfirmed_address(mailbox: Mailbox, drain_outbox: Drain, template: str) -> None:
    user = UserFactory(confirmed=False)
    message_id = outbox.publish(
        "notifications.send_account_email", payload={"user_id": str(user.pk), "template": template}
    )
    assert drain_outbox() == ["notifications.send_account_email"]
    [message] = mailbox.messages
    plain = message.get_body(("plain",))
    assert plain is not None
    assert message["To"] == user.email
    assert user.display_name not in plain.get_content(), "a stranger's words in a mailbox that may not be theirs"
    assert message["List-Unsubscribe"] is None
    assert OutboxMessage.objects.get(pk=message_id).done_at is not None
    assert ("Confirm the address: http" in plain.get_content()) == (template == "confirm_email")


def test_account_email_calls_the_person_by_name_at_a_confirmed_address(mailbox: Mailbox, drain_outbox: Drain) -> None:
    user = UserFactory()
    outbox.publish(
        "notifications.send_account_email", payload={"user_id": str(user.pk), "template": "password_changed"}
    )
    drain_outbox()
    plain = mailbox.messages[0].get_body(("plain",))
    assert plain is not None
    assert plain.get_content().startswith(f"Hello {user.display_name}, ")


def test_account_email_is_not_sent_when_it_has_no_point(mailbox: Mailbox, drain_outbox: Drain) -> None:
    for user, template in [(UserFactory(), "confirm_email"), (UserFactory(is_active=False), "already_registered")]:
        outbox.publish("notifications.send_account_email", payload={"user_id": str(user.pk), "template": template})
    drain_outbox()
    assert not mailbox.messages
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_prune_removes_old_decisions_and_keeps_what_waits(settings: LazySettings, drain_outbox: Drain) -> None:
    finished, waiting = (email_of(NotificationFactory()) for _ in range(2))
    Delivery.objects.filter(pk=finished.pk).update(status="skipped")
    OutboxMessage.objects.all().delete()
    time.sleep(0.005)  # ids tell the millisecond

    for days, left in ((1, {finished.pk, waiting.pk}), (0, {waiting.pk})):
        settings.RETENTION_DELIVERY_DAYS = days
        outbox.publish("notifications.prune", payload={})
        assert drain_outbox() == ["notifications.prune"]
        assert set(Delivery.objects.filter(channel="email").values_list("pk", flat=True)) == left
    assert Notification.objects.count() == 2
