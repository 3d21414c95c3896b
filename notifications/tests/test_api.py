"""The HTTP API: the list, reading marks, preferences, reasons, unsubscribing."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from notifications.models import Notification, Preference
from notifications.tests.factories import NotificationFactory, PreferenceFactory
from notifications.unsubscribing import unsubscribe_url
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
LIST = "/api/v1/notifications/"
PREFERENCES = "/api/v1/notification-preferences/"


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_list_is_ones_own_newest_first(api_as: ApiAs) -> None:
    user = UserFactory()
    first, second = NotificationFactory.create_batch(2, recipient=user)
    NotificationFactory()
    response = api_as(user).get(LIST)
    assert ids(response) == [str(second.pk), str(first.pk)]
    row = response.json()["results"][0]
    assert row["summary"] == "ada replied in “How do joins work?”"
    assert row["actor"] == second.actor.handle


def test_list_without_actor(api_as: ApiAs) -> None:
    notification = NotificationFactory(actor=None)
    assert api_as(notification.recipient).get(LIST).json()["results"][0]["actor"] is None


def test_list_filters(api_as: ApiAs) -> None:
    user = UserFactory()
    reply = NotificationFactory(recipient=user)
    badge = NotificationFactory(recipient=user, kind="badge_awarded")
    Notification.objects.filter(pk=reply.pk).update(read_at="2026-01-01T00:00Z")
    client = api_as(user)
    assert ids(client.get(LIST, {"unread": "true"})) == [str(badge.pk)]
    assert ids(client.get(LIST, {"unread": "false"})) == [str(reply.pk)]
    assert ids(client.get(LIST, {"kind": "reply_posted"})) == [str(reply.pk)]
    assert len(ids(client.get(f"{LIST}?kind=reply_posted&kind=badge_awarded"))) == 2
    wrong = client.get(LIST, {"kind": "gossip"})
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "kind"


def test_kind_switched_off_for_the_application_is_not_listed_or_counted(api_as: ApiAs) -> None:
    user = UserFactory()
    PreferenceFactory(user=user, channel="in_app")
    hidden = NotificationFactory(recipient=user)
    client = api_as(user)
    assert ids(client.get(LIST)) == []
    assert client.get(f"{LIST}unread-count/").json() == {"unread": 0}
    reasons = {row["channel"]: row["reason"] for row in client.get(f"{LIST}{hidden.pk}/deliveries/").json()}
    assert reasons == {"email": "default_on", "in_app": "preference_off"}


def test_read_marks_once(api_as: ApiAs) -> None:
    notification = NotificationFactory()
    client = api_as(notification.recipient)
    first = client.post(f"{LIST}{notification.pk}/read/").json()["read_at"]
    second = client.post(f"{LIST}{notification.pk}/read/").json()["read_at"]
    assert first == second is not None
    assert client.get(f"{LIST}{notification.pk}/").json()["read_at"] == first


def test_read_all_and_count(api_as: ApiAs) -> None:
    user = UserFactory()
    NotificationFactory.create_batch(3, recipient=user)
    other = NotificationFactory()
    client = api_as(user)
    assert client.get(f"{LIST}unread-count/").json() == {"unread": 3}
    assert client.post(f"{LIST}read-all/").json() == {"marked_read": 3}
    assert client.post(f"{LIST}read-all/").json() == {"marked_read": 0}
    assert client.get(f"{LIST}unread-count/").json() == {"unread": 0}
    other.refresh_from_db()
    assert other.read_at is None


@pytest.mark.parametrize("path", ["", "read/", "deliveries/"])
def test_somebody_elses_looks_like_none(api_as: ApiAs, path: str) -> None:
    client = api_as(UserFactory())
    foreign = f"{LIST}{NotificationFactory().pk}/{path}"
    missing = f"{LIST}{new_id()}/{path}"
    send = client.post if path == "read/" else client.get
    answers = [send(foreign), send(missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_malformed_id_is_not_found(api_as: ApiAs) -> None:
    client = api_as(UserFactory())
    assert client.get(f"{LIST}nonsense/").status_code == 404
    assert client.post(f"{LIST}nonsense/read/").status_code == 404


def test_preferences_show_every_cell(api_as: ApiAs) -> None:
    table = api_as(UserFactory()).get(PREFERENCES).json()
    cells = {(cell["kind"], cell["channel"]): cell for cell in table}
    assert len(cells) == 44
    assert cells["module_completed", "email"]["is_enabled"] is False
    assert cells["account_security", "email"] == {
        "kind": "account_security",
        "label": "Something happened to the account",
        "channel": "email",
        "is_enabled": True,
        "is_default": True,
        "is_mandatory": True,
    }


def test_preferences_are_set_kept_and_taken_back(api_as: ApiAs) -> None:
    user = UserFactory()
    client = api_as(user)

    def put(value: bool | None) -> dict[str, Any]:
        entry = {"kind": "reply_posted", "channel": "email", "is_enabled": value}
        response = client.put(PREFERENCES, {"entries": [entry]})
        assert response.status_code == 200, response.content
        return next(c for c in response.json() if (c["kind"], c["channel"]) == ("reply_posted", "email"))

    assert (put(False)["is_enabled"], put(False)["is_default"]) == (False, False)
    assert (put(True)["is_enabled"], put(True)["is_default"]) == (True, False)
    assert Preference.objects.filter(user=user).count() == 1
    assert (put(None)["is_enabled"], put(None)["is_default"]) == (True, True)
    assert not Preference.objects.filter(user=user).exists()


def test_mandatory_cannot_be_switched_off_and_nothing_else_is_set(api_as: ApiAs) -> None:
    user = UserFactory()
    entries = [
        {"kind": "reply_posted", "channel": "email", "is_enabled": False},
        {"kind": "account_security", "channel": "email", "is_enabled": False},
    ]
    response = api_as(user).put(PREFERENCES, {"entries": entries})
    assert response.status_code == 409
    assert response.json()["code"] == "preference_mandatory"
    assert [error["field"] for error in response.json()["errors"]] == ["entries[1].is_enabled"]
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "entries"),
        ({"entries": []}, "entries"),
        ({"entries": [{"kind": "x", "channel": "email", "is_enabled": True}]}, "entries[0].kind"),
        ({"entries": [{"kind": "mentioned", "channel": "fax", "is_enabled": True}]}, "entries[0].channel"),
        ({"entries": [{"kind": "mentioned", "channel": "email"}]}, "entries[0].is_enabled"),
    ],
)
def test_wrong_preferences_name_the_field(api_as: ApiAs, body: dict[str, Any], field: str) -> None:
    response = api_as(UserFactory()).put(PREFERENCES, body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_unsubscribe_asks_then_switches_off() -> None:
    user = UserFactory()
    path = path_of(unsubscribe_url(user_id=user.pk, kind="reply_posted"))
    client = Client()
    assert b"<button" in client.get(path).content
    assert not Preference.objects.exists()
    answer = client.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    preference = Preference.objects.get(user=user)
    assert (preference.kind, preference.channel, preference.is_enabled) == ("reply_posted", "email", False)


@pytest.mark.django_db(transaction=True)
def test_unsubscribe_needs_no_cookie_as_mail_providers_have_none() -> None:
    user = UserFactory()
    path = path_of(unsubscribe_url(user_id=user.pk, kind="reply_posted"))
    answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Preference.objects.filter(user=user, kind="reply_posted", channel="email", is_enabled=False).exists()


@pytest.mark.parametrize("token", ["", "forged", "WyJhIiwiYiJd:1xyz:abc"])
def test_unsubscribe_with_a_forged_token_changes_nothing(token: str) -> None:
    for send in (Client().get, Client().post):
        assert send(f"{PREFERENCES}unsubscribe/?token={token}").status_code == 400
    assert not Preference.objects.exists()


def test_unsubscribe_of_a_deleted_account_is_harmless() -> None:
    path = path_of(unsubscribe_url(user_id=new_id(), kind="reply_posted"))
    assert Client().post(path).status_code == 200
    assert not Preference.objects.exists()
