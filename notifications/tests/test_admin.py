"""The admin pages of this app, rendered by Django's own client on the admin's routes."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, override_settings
from django.urls import clear_url_caches, reverse

from notifications.models import Broadcast, Notification
from notifications.tests.factories import NotificationFactory, PreferenceFactory
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SESSIONS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)


@pytest.fixture
def admin_of() -> Iterator[Callable[[User], Client]]:
    def build(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    with override_settings(ROOT_URLCONF="skillbridge_backend.urls_admin", MIDDLEWARE=SESSIONS):
        clear_url_caches()
        yield build
    clear_url_caches()


def admin_user() -> User:
    user: User = UserFactory(role="admin", is_staff=True, is_superuser=True)
    return user


@pytest.mark.parametrize("page", ["notification", "delivery", "preference", "broadcast"])
def test_lists_are_shown_and_searched(admin_of: Callable[[User], Client], page: str) -> None:
    notification = NotificationFactory()
    PreferenceFactory(user=notification.recipient)
    client = admin_of(admin_user())
    url = reverse(f"admin:notifications_{page}_changelist")
    assert client.get(url, {"q": "person"}).status_code == 200
    adding = client.get(reverse(f"admin:notifications_{page}_add"))
    assert adding.status_code == (200 if page == "broadcast" else 403)


def test_notification_page_shows_the_reasons(admin_of: Callable[[User], Client]) -> None:
    notification = NotificationFactory()
    page = admin_of(admin_user()).get(reverse("admin:notifications_notification_change", args=[notification.pk]))
    assert page.status_code == 200
    assert b"Waiting to be sent" in page.content


def test_broadcast_is_sent_by_the_service(
    admin_of: Callable[[User], Client], drain_outbox: Callable[[], list[str]]
) -> None:
    mentor = UserFactory(role="mentor")
    client = admin_of(admin_user())
    form = {"role": "mentor", "track": "", "subject": "Hello", "body": "All of you."}
    answer = client.post(reverse("admin:notifications_broadcast_add"), form)
    assert answer.status_code == 302, answer.content[:2000]
    drain_outbox()
    assert list(Notification.objects.values_list("recipient_id", flat=True)) == [mentor.pk]
    broadcast = Broadcast.objects.get()
    change = reverse("admin:notifications_broadcast_change", args=[broadcast.pk])
    assert client.post(change, form | {"subject": "Other"}).status_code == 403
    assert client.post(reverse("admin:notifications_broadcast_delete", args=[broadcast.pk])).status_code == 403


def test_broadcast_by_other_staff_is_refused(admin_of: Callable[[User], Client]) -> None:
    staff = UserFactory(role="moderator", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="notifications"))
    assert admin_of(staff).get(reverse("admin:notifications_broadcast_add")).status_code == 403
