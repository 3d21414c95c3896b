"""Logging in with a code by e-mail: who gets in, what it confirms, and everything that tells or admits nobody."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail, signing
from django.db import connections
from django.utils import timezone

from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import AuditAction
from users.models import AuditEntry, Challenge, RefreshTokenFamily, User
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, UserFactory
from users.tests.logins import code_now

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], list[str]]
AUTH = "/api/v1/auth/"
ASK, CONFIRM, SECOND = f"{AUTH}login/code/", f"{AUTH}login/code/confirm/", f"{AUTH}login/second-factor/"


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def ask(api: Any, drain_outbox: Drain) -> Callable[[str], tuple[str, str]]:
    """Ask for a code; the ticket, and the code that was mailed."""

    def asked(email: str) -> tuple[str, str]:
        response = api.post(ASK, {"email": email})
        assert (response.status_code, response.json()["expires_in"]) == (202, 600)
        mail.outbox.clear()
        drain_outbox()
        codes = [found for each in mail.outbox for found in re.findall(r"^\d{8}$", str(each.body), re.MULTILINE)]
        return response.json()["ticket"], codes[0] if codes else ""

    return asked


def other_than(code: str) -> str:
    return f"{(int(code or 0) + 1) % 10**8:08}"


def failures() -> list[str]:
    return [each.details["reason"] for each in AuditEntry.objects.filter(action=AuditAction.LOGIN_FAILED)]


def test_code_from_the_mail_logs_in_once(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email.upper())

    answer = api.post(CONFIRM, {"ticket": ticket, "code": f"{code[:4]} {code[4:]}"})
    again = api.post(CONFIRM, {"ticket": ticket, "code": code})

    assert (answer.status_code, answer.json()["user"]["email"]) == (200, person.email)
    assert [each.to for each in mail.outbox] == [[person.email]]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert api.get("/api/v1/users/me/").status_code == 200
    assert (again.status_code, again.json()["code"]) == (400, "challenge_over")
    entry = AuditEntry.objects.get(action=AuditAction.LOGGED_IN)
    assert (entry.user_id, entry.details["method"]) == (person.pk, "email_code")


def test_browser_gets_the_refresh_token_in_its_cookie(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email)

    answer = api.post(CONFIRM, {"ticket": ticket, "code": code, "refresh_in": "cookie"})

    assert answer.json()["refresh"] is None
    assert answer.cookies


def test_addresses_without_an_account_are_answered_alike_with_the_same_work(
    api: Any, person: User, drain_outbox: Drain
) -> None:
    closed = UserFactory(is_active=False)
    answers = [api.post(ASK, {"email": email}) for email in (person.email, closed.email, "nobody@example.org")]

    assert {answer.status_code for answer in answers} == {202}
    bodies = [answer.json() for answer in answers]
    tickets = [body.pop("ticket") for body in bodies]
    assert bodies[0] == bodies[1] == bodies[2]
    assert len({len(ticket) for ticket in tickets}) == 1
    # What a ticket says to whoever reads it: the challenge, and about nobody.
    assert {signing.loads(ticket, salt="users.challenge")[1] for ticket in tickets} == {""}
    assert (Challenge.objects.count(), OutboxMessage.objects.count()) == (3, 3)
    wrong = [api.post(CONFIRM, {"ticket": ticket, "code": "x"}) for ticket in tickets]
    assert len({(answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in wrong}) == 1
    assert failures() == ["wrong_login_code"] * 3
    drain_outbox()
    assert [each.to for each in mail.outbox] == [[person.email]]


def test_five_wrong_codes_end_the_ticket(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email)

    wrong = [api.post(CONFIRM, {"ticket": ticket, "code": other_than(code)}) for _ in range(5)]
    late = api.post(CONFIRM, {"ticket": ticket, "code": code})

    assert {(answer.status_code, answer.json()["code"]) for answer in wrong} == {(401, "login_code_invalid")}
    assert (late.status_code, late.json()["code"]) == (400, "challenge_over")
    # Written although the caller got an error each time.
    assert failures() == ["wrong_login_code"] * 5
    assert not RefreshTokenFamily.objects.exists()


def test_code_ends_after_ten_minutes(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email)
    challenge = Challenge.objects.get()
    assert challenge.expires_at <= timezone.now() + timedelta(minutes=10)
    Challenge.objects.update(expires_at=timezone.now())

    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).json()["code"] == "challenge_over"


def test_code_is_for_its_ticket_alone(api: Any, person: User, ask: Any) -> None:
    _, first = ask(person.email)
    ticket, second = ask(person.email)
    other_ticket, _ = ask(UserFactory().email)

    assert first != second
    assert api.post(CONFIRM, {"ticket": ticket, "code": first}).status_code == 401
    assert api.post(CONFIRM, {"ticket": other_ticket, "code": second}).status_code == 401
    assert api.post(CONFIRM, {"ticket": ticket, "code": second}).status_code == 200


def test_new_address_ends_codes_of_the_old_one(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email)
    User.objects.filter(pk=person.pk).update(email="elsewhere@example.org")

    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).status_code == 401


def test_account_that_was_closed_meanwhile_stays_closed(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email)
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).status_code == 401


@pytest.mark.parametrize("path", [CONFIRM, SECOND])
def test_tickets_of_one_kind_are_not_taken_for_the_other(api: Any, person: User, ask: Any, path: str) -> None:
    ticket, code = ask(person.email)
    if path == CONFIRM:
        AuthenticatorAppFactory(user=person)
        ticket = api.post(f"{AUTH}login/", {"email": person.email, "password": PASSWORD}).json()["ticket"]

    answer = api.post(path, {"ticket": ticket, "code": code})

    assert (answer.status_code, answer.json()["code"]) == (400, "challenge_over")


def test_second_factor_is_still_asked_for(api: Any, person: User, ask: Any) -> None:
    app = AuthenticatorAppFactory(user=person)
    ticket, code = ask(person.email)

    first = api.post(CONFIRM, {"ticket": ticket, "code": code})
    assert (first.status_code, first.json()["code"]) == (401, "second_factor_required")
    assert not RefreshTokenFamily.objects.exists()
    # The 401 has undone nothing: the code is used up, and the question that it led to waits.
    assert Challenge.objects.exclude(answered_at=None).count() == 1
    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).json()["code"] == "challenge_over"

    second = api.post(SECOND, {"ticket": first.json()["ticket"], "code": code_now(app.secret)})
    assert second.status_code == 200
    entry = AuditEntry.objects.get(action=AuditAction.LOGGED_IN)
    assert (entry.details["method"], entry.details["factor"]) == ("email_code", "code")


def test_failed_passwords_are_forgiven_when_somebody_is_in_and_not_before(api: Any, person: User, ask: Any) -> None:
    def guess() -> int:
        return int(api.post(f"{AUTH}login/", {"email": person.email, "password": "wrong"}).status_code)

    AuthenticatorAppFactory(user=person)
    assert [guess() for _ in range(11)] == [401] * 10 + [429]
    ticket, code = ask(person.email)
    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).status_code == 401
    assert guess() == 429

    person.authenticator_app.delete()
    ticket, code = ask(person.email)
    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).status_code == 200
    assert guess() == 401


def test_code_confirms_the_address_and_drops_the_password_of_whoever_signed_up_with_it(
    api: Any, ask: Any, drain_outbox: Drain
) -> None:
    person = UserFactory(confirmed=False)
    ticket, code = ask(person.email)

    assert api.post(CONFIRM, {"ticket": ticket, "code": code}).status_code == 200

    account = User.objects.with_hidden().get(pk=person.pk)
    assert account.email_confirmed_at is not None
    assert not account.has_usable_password()
    assert AuditEntry.objects.filter(action=AuditAction.EMAIL_CONFIRMED, user_id=person.pk).count() == 1
    assert api.post(f"{AUTH}login/", {"email": person.email, "password": PASSWORD}).status_code == 401
    drain_outbox()
    assert mail.outbox[-1].subject == "Your password was removed"


def test_confirmed_address_keeps_its_password(api: Any, person: User, ask: Any) -> None:
    ticket, code = ask(person.email)
    api.post(CONFIRM, {"ticket": ticket, "code": code})

    assert User.objects.with_hidden().get(pk=person.pk).check_password(PASSWORD)


def test_one_of_many_right_answers_at_once_gets_in(person: User, ask: Any) -> None:
    ticket, code = ask(person.email)

    def confirm(_: int) -> int:
        try:
            return int(ApiClient().post(CONFIRM, {"ticket": ticket, "code": code}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(confirm, range(4)))

    assert statuses == [200, 400, 400, 400]
    assert RefreshTokenFamily.objects.count() == 1


def test_code_is_in_no_table(api: Any, person: User, ask: Any) -> None:
    _, code = ask(person.email)

    kept = [str(row) for model in (Challenge, OutboxMessage, AuditEntry) for row in model.objects.values()]
    assert kept
    assert not [row for row in kept if code in row]


def test_codes_are_asked_for_five_times_an_hour(api: Any) -> None:
    answers = [api.post(ASK, {"email": "somebody@example.org"}).status_code for _ in range(6)]
    assert answers == [202] * 5 + [429]


def test_guesses_from_one_address_are_limited(api: Any) -> None:
    answers = [api.post(CONFIRM, {"ticket": "nonsense", "code": "12345678"}).status_code for _ in range(51)]
    assert answers == [400] * 50 + [429]
