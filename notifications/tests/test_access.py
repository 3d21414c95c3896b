"""Roles by verbs: the whole surface of this app, allowed and denied."""

from collections.abc import Callable

import pytest

from notifications.models import Broadcast, Delivery, Notification, Preference
from notifications.tests.factories import NotificationFactory, PreferenceFactory
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import Role
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

# verb, path, status for the recipient, for everybody else who is logged in (whatever their role)
SURFACE = [
    ("get", "/api/v1/notifications/", 200, 200),
    ("post", "/api/v1/notifications/", 405, 405),
    ("get", "/api/v1/notifications/{id}/", 200, 404),
    ("patch", "/api/v1/notifications/{id}/", 405, 405),
    ("put", "/api/v1/notifications/{id}/", 405, 405),
    ("delete", "/api/v1/notifications/{id}/", 405, 405),
    ("post", "/api/v1/notifications/{id}/read/", 200, 404),
    ("get", "/api/v1/notifications/{id}/deliveries/", 200, 404),
    ("post", "/api/v1/notifications/read-all/", 200, 200),
    ("get", "/api/v1/notifications/unread-count/", 200, 200),
    ("get", "/api/v1/notification-preferences/", 200, 200),
    ("put", "/api/v1/notification-preferences/", 400, 400),
    ("post", "/api/v1/notification-preferences/", 405, 405),
    ("delete", "/api/v1/notification-preferences/", 405, 405),
]


@pytest.mark.parametrize(("verb", "path", "own", "foreign"), SURFACE)
def test_surface(api: ApiClient, api_as: ApiAs, verb: str, path: str, own: int, foreign: int) -> None:
    notification = NotificationFactory()
    url = path.format(id=notification.pk)
    assert getattr(api, verb)(url).status_code in {401, 405}
    assert getattr(api_as(notification.recipient), verb)(url).status_code == own
    for role in Role:
        assert getattr(api_as(UserFactory(role=role)), verb)(url).status_code == foreign, role


def test_visible_to_is_ones_own_for_every_role() -> None:
    notification = NotificationFactory()
    PreferenceFactory(user=notification.recipient)
    for role in Role:
        other = UserFactory(role=role)
        assert not Notification.objects.visible_to(other).exists()
        assert not Delivery.objects.visible_to(other).exists()
        assert not Preference.objects.visible_to(other).exists()
    assert Notification.objects.visible_to(notification.recipient).count() == 1
    assert Delivery.objects.visible_to(notification.recipient).count() == 2
    assert Preference.objects.visible_to(notification.recipient).count() == 1


@pytest.mark.parametrize(("role", "count"), [("learner", 0), ("mentor", 0), ("moderator", 1), ("admin", 1)])
def test_broadcasts_are_visible_to_moderators(role: str, count: int) -> None:
    Broadcast.objects.create(author=UserFactory(role="admin"), subject="News", body="Text")
    assert Broadcast.objects.visible_to(UserFactory(role=role)).count() == count


def test_nobody_sees_nothing() -> None:
    from django.contrib.auth.models import AnonymousUser

    PreferenceFactory(user=NotificationFactory().recipient)
    for model in (Notification, Delivery, Preference, Broadcast):
        assert not model.objects.visible_to(AnonymousUser()).exists()
