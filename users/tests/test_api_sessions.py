"""Refresh and logout: rotation, lost answers, parallel tabs, theft, and the ends of a session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from skillbridge_backend.core.models import OutboxMessage
from users.clients import Client
from users.enums import AuditAction
from users.models import AuditEntry, RefreshTokenFamily, User
from users.refresh_tokens import RefreshToken
from users.services import AccountService
from users.tests.factories import UserFactory
from users.tests.logins import logged_in
from users.tokens import read_access_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def login() -> str:
    """The first refresh token of a new login."""
    user = UserFactory()
    return logged_in(user, client=Client("192.0.2.1", "phone")).refresh


@pytest.fixture
def refresh(api: Any) -> Callable[[str], Any]:
    return lambda token: api.post("/api/v1/auth/refresh/", {"refresh": token})


def let_time_pass(by: timedelta) -> None:
    """Move what the database remembers of the only family into the past."""
    family = RefreshTokenFamily.objects.get()
    family.rotated_at -= by
    family.expires_at -= by
    family.recent_rotations = [at - by for at in family.recent_rotations]
    family.save()


def test_refresh_rotates_the_token_and_keeps_the_session(refresh: Callable[[str], Any], login: str) -> None:
    response = refresh(login)

    assert response.status_code == 200, response.content
    body = response.json()
    family = RefreshTokenFamily.objects.get()
    assert body["refresh"] != login
    assert RefreshToken.parse(body["refresh"]) is not None
    assert read_access_token(body["access"])["sid"] == str(family.pk)
    assert (family.rotations, family.user_agent, family.ip_address) == (1, "phone", "192.0.2.1")
    assert AuditEntry.objects.filter(action=AuditAction.TOKEN_REFRESHED).count() == 1


def test_only_a_hash_of_the_token_is_stored(refresh: Callable[[str], Any], login: str) -> None:
    active = refresh(login).json()["refresh"]

    stored = str(list(RefreshTokenFamily.objects.values())) + str(list(AuditEntry.objects.values()))

    for token in (login, active):
        assert token not in stored
        assert token.rpartition(".")[2] not in stored


def test_parent_of_the_active_token_gets_the_same_active_token_again(refresh: Callable[[str], Any], login: str) -> None:
    active = refresh(login).json()["refresh"]
    let_time_pass(timedelta(hours=5))

    assert refresh(login).json()["refresh"] == active
    assert RefreshTokenFamily.objects.get().rotations == 1


def test_older_token_within_ten_seconds_gets_the_active_token(refresh: Callable[[str], Any], login: str) -> None:
    active = refresh(refresh(refresh(login).json()["refresh"]).json()["refresh"]).json()["refresh"]

    assert refresh(login).json()["refresh"] == active


def test_older_token_after_ten_seconds_ends_the_session_for_good(refresh: Callable[[str], Any], login: str) -> None:
    parent = refresh(login).json()["refresh"]
    active = refresh(parent).json()["refresh"]
    let_time_pass(timedelta(seconds=11))

    stolen = refresh(login)

    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_token_invalid")
    family = RefreshTokenFamily.objects.get()
    assert family.revoked_at is not None
    assert refresh(active).status_code == refresh(parent).status_code == refresh(login).status_code == 401
    assert AuditEntry.objects.filter(action=AuditAction.TOKEN_REUSED).count() == 1
    (mail,) = OutboxMessage.objects.filter(topic="notifications.send_account_email")
    assert mail.payload == {"user_id": str(family.user_id), "template": "refresh_token_reused"}


def test_only_one_of_two_early_rotations_within_the_window(refresh: Callable[[str], Any], login: str) -> None:
    second = refresh(login).json()["refresh"]
    let_time_pass(timedelta(seconds=11))
    third = refresh(second).json()["refresh"]

    assert refresh(second).json()["refresh"] == third
    assert refresh(login).status_code == 401


@pytest.mark.parametrize("change", ["secret", "number", "family", "shape", "length", "digits"])
def test_token_that_was_never_ours_changes_nothing(refresh: Callable[[str], Any], login: str, change: str) -> None:
    family, number, secret = login.split(".")
    forged = {
        "secret": f"{family}.{number}.{'A' * 43}",
        "number": f"{family}.7.{secret}",
        "family": f"{'0' * 32}.{number}.{secret}",
        "shape": f"{'z' * 32}.{number}.{secret}",
        "length": "short",
        "digits": f"{family}.{'9' * 7}.{secret}",
    }[change]

    assert refresh(forged).status_code == 401
    assert refresh(login).status_code == 200


@pytest.mark.parametrize("days", [7, 30])
def test_session_ends_after_its_time(refresh: Callable[[str], Any], login: str, days: int) -> None:
    if days == 7:
        RefreshTokenFamily.objects.update(rotated_at=timezone.now() - timedelta(days=7))
    else:
        RefreshTokenFamily.objects.update(expires_at=timezone.now())

    assert refresh(login).status_code == 401


def test_refresh_does_not_move_the_absolute_end(refresh: Callable[[str], Any], login: str) -> None:
    end = RefreshTokenFamily.objects.get().expires_at

    refresh(login)

    assert RefreshTokenFamily.objects.get().expires_at == end


def test_refresh_of_an_inactive_account_is_refused(refresh: Callable[[str], Any], login: str) -> None:
    User.objects.update(is_active=False)

    assert refresh(login).status_code == 401


def test_logout_ends_the_session_and_can_be_repeated(api: Any, refresh: Callable[[str], Any], login: str) -> None:
    active = refresh(login).json()["refresh"]

    answers = [api.post("/api/v1/auth/logout/", {"refresh": token}) for token in (active, active, "nonsense")]

    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert refresh(active).status_code == 401
    assert AuditEntry.objects.filter(action=AuditAction.LOGGED_OUT).count() == 1


def test_logout_with_a_guess_ends_nobodys_session(api: Any, refresh: Callable[[str], Any], login: str) -> None:
    api.post("/api/v1/auth/logout/", {"refresh": f"{login.split('.', maxsplit=1)[0]}.0.{'A' * 43}"})

    assert refresh(login).status_code == 200


def on_four_connections(work: Callable[[int], Any]) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(run, range(4)))


def test_four_parallel_refreshes_make_one_child_that_all_get(login: str) -> None:
    answers = on_four_connections(lambda _: APIClient().post("/api/v1/auth/refresh/", {"refresh": login}))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["refresh"] for answer in answers}) == 1
    family = RefreshTokenFamily.objects.get()
    assert family.rotations == 1
    assert AuditEntry.objects.filter(action=AuditAction.TOKEN_REFRESHED).count() == 1
    again = APIClient().post("/api/v1/auth/refresh/", {"refresh": answers[0].json()["refresh"]})
    assert again.status_code == 200


def test_four_parallel_signups_of_one_address_open_one_account() -> None:
    def sign_up(number: int) -> None:
        AccountService().sign_up(
            email="ada@example.org",
            password=f"quiet rivers run deep {number}",
            display_name="Ada",
            client=Client(),
        )

    on_four_connections(sign_up)

    user = User.objects.get()
    assert AuditEntry.objects.filter(action=AuditAction.SIGNED_UP).count() == 1
    mails = OutboxMessage.objects.filter(topic="notifications.send_account_email")
    assert {mail.payload["user_id"] for mail in mails} == {str(user.pk)}
    assert sorted(mail.payload["template"] for mail in mails) == ["confirm_email", "finish_sign_up"]


def test_parallel_guesses_do_not_slip_past_the_limit_together() -> None:
    user = UserFactory()

    def guess(number: int) -> list[int]:
        return [
            APIClient().post("/api/v1/auth/login/", {"email": user.email, "password": f"{number} {n}"}).status_code
            for n in range(4)
        ]

    statuses = [status for answers in on_four_connections(guess) for status in answers]

    assert (statuses.count(401), statuses.count(429)) == (10, 6)
