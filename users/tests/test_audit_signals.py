"""What the trail hears from requests and from the admin: who, from where, and nothing that is secret."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group
from django.test import Client as Browser
from django.urls import reverse

from users.enums import AuditAction, Role
from users.models import AuditEntry, AuditSeal, AuthenticatorApp, User
from users.services.audit_seal import seal_once
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, UserFactory
from users.tests.logins import code_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    person: User = UserFactory(
        handle="operator", email="operator@example.org", role=Role.ADMIN, is_staff=True, is_superuser=True
    )
    AuthenticatorAppFactory(user=person)
    return person


@pytest.fixture
def browser(settings: LazySettings) -> Browser:
    """A browser on the admin process's settings that nobody has logged in with."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "skillbridge_backend.core.middleware.RequestContextMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "users.middleware.AdminActorMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    return Browser(REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="firefox")


def log_in(browser: Browser, username: str, password: str = PASSWORD) -> None:
    app = AuthenticatorApp.objects.filter(user__email=username).first()
    code = code_now(app.secret) if app else "000000"
    browser.post(reverse("admin:login"), {"username": username, "password": password, "code": code})


def test_login_to_the_admin_and_logout_are_recorded(browser: Browser, operator: User) -> None:
    log_in(browser, operator.email)
    browser.post(reverse("admin:logout"))

    entries = list(AuditEntry.objects.events().order_by("id"))
    assert [(entry.action, entry.user_id, entry.ip_address, entry.user_agent) for entry in entries] == [
        (AuditAction.LOGGED_IN, operator.pk, "192.0.2.7", "firefox"),
        (AuditAction.LOGGED_OUT, operator.pk, "192.0.2.7", "firefox"),
    ]
    assert entries[1].actor_id == operator.pk
    assert all(entry.request_id for entry in entries)


def test_failed_login_names_the_account_and_no_password(browser: Browser, operator: User) -> None:
    log_in(browser, operator.email, "a wrong password")

    entry = AuditEntry.objects.events().get()
    assert (entry.action, entry.user_id) == (AuditAction.LOGIN_FAILED, operator.pk)
    assert "wrong" not in str(AuditEntry.objects.values())


def test_failed_login_with_an_unknown_address_keeps_a_fingerprint_only(browser: Browser) -> None:
    log_in(browser, "stranger@example.org")
    log_in(browser, "Stranger@example.org")
    log_in(browser, "another@example.org")

    first, second, third = AuditEntry.objects.events().order_by("id")
    assert first.details["address"] == second.details["address"] != third.details["address"]
    assert "stranger" not in str(AuditEntry.objects.values()).lower()


def test_change_in_the_admin_names_who_made_it_and_from_where(browser: Browser, operator: User) -> None:
    log_in(browser, operator.email)

    response = browser.post(reverse("admin:auth_group_add"), {"name": "editors"})

    assert response.status_code == 302, response.content
    group = Group.objects.get()
    made = AuditEntry.objects.changes("auth_group").get()
    assert (made.actor_id, made.row_id, made.ip_address) == (operator.pk, str(group.pk), "192.0.2.7")
    logged = AuditEntry.objects.changes("django_admin_log").get()
    assert (logged.actor_id, logged.user_id, logged.request_id) == (operator.pk, operator.pk, made.request_id)


def test_change_by_the_api_names_who_made_it_and_from_where(api_as: Callable[[User], Any]) -> None:
    person = UserFactory()

    response = api_as(person).patch(
        "/api/v1/users/me/", {"handle": "renamed"}, REMOTE_ADDR="2001:db8::7", HTTP_USER_AGENT="phone"
    )

    assert response.status_code == 200, response.content
    entry = AuditEntry.objects.changes("users_user").get(action=AuditAction.UPDATED)
    assert (entry.actor_id, entry.role, entry.ip_address, entry.user_agent) == (
        person.pk, "authenticated", "2001:db8::7", "phone",
    )  # fmt: skip
    assert entry.request_id == response["X-Request-ID"]


def test_admin_finds_entries_by_person_table_and_request(browser: Browser, operator: User) -> None:
    log_in(browser, operator.email)
    other = UserFactory(handle="other")
    page = reverse("admin:users_auditentry_changelist")

    def found(**query: str) -> set[int]:
        response = browser.get(page, query)
        assert response.status_code == 200
        return {entry.pk for entry in response.context["cl"].result_list}

    of_other = set(AuditEntry.objects.filter(user_id=other.pk).values_list("pk", flat=True))
    login = AuditEntry.objects.events().get()
    assert found(q="other") == found(q=str(other.pk)) == found(q=other.email) == of_other
    assert found(q=login.request_id) >= {login.pk}
    assert found(table="-") == {login.pk}
    assert found(table="users_user") >= of_other
    assert found(q="nobody-of-this-name") == set()


def test_admin_shows_seals_and_how_many_entries_wait(browser: Browser, operator: User) -> None:
    log_in(browser, operator.email)
    seal_once()
    UserFactory()

    response = browser.get(reverse("admin:users_auditseal_changelist"))

    assert "1 entries wait" in response.content.decode()
    seal = AuditSeal.objects.get()
    detail = browser.get(reverse("admin:users_auditseal_change", args=[seal.pk]))
    assert seal.head in detail.content.decode()
