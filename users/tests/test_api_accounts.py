"""Sign-up, confirmation and login over HTTP, on real transactions: what must survive an error answer does."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.utils import timezone

from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient
from skillbridge_backend.core.tests.races import overtaken
from users.enums import AuditAction
from users.models import AuditEntry, Profile, User
from users.services import AccountService
from users.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_UP = {"email": "Ada@Example.org", "password": "quiet rivers run deep", "display_name": "Ada Lovelace"}


def account_mails() -> list[dict[str, str]]:
    return [
        message.payload
        for message in OutboxMessage.objects.filter(topic="notifications.send_account_email").order_by("id")
    ]


def token_of(user: User) -> str:
    return re.search(r"token=(.+)$", AccountService.confirmation_link(user)).group(1).replace("%3A", ":")  # type: ignore[union-attr]


def test_signup_opens_account_and_asks_for_confirmation_mail(api: Any) -> None:
    response = api.post("/api/v1/auth/signup/", SIGN_UP)

    assert response.status_code == 202, response.content
    user = User.objects.get()
    assert (user.email, user.handle, user.email_confirmed_at) == ("ada@example.org", "ada-lovelace", None)
    assert user.check_password(SIGN_UP["password"])
    assert Profile.objects.get().user == user
    assert account_mails() == [{"user_id": str(user.pk), "template": "confirm_email"}]
    assert AuditEntry.objects.events().get().action == AuditAction.SIGNED_UP


def test_signup_with_taken_address_answers_the_same_and_tells_the_owner(api: Any) -> None:
    fresh = api.post("/api/v1/auth/signup/", SIGN_UP | {"email": "new@example.org"})
    owner = UserFactory(email="ada@example.org")
    again = api.post("/api/v1/auth/signup/", SIGN_UP)

    assert (again.status_code, again.json()) == (fresh.status_code, fresh.json())
    assert User.objects.with_hidden().get(pk=owner.pk).check_password(PASSWORD)
    assert account_mails()[1:] == [{"user_id": str(owner.pk), "template": "already_registered"}]


class TestSignUpAgainBeforeTheAddressIsConfirmed:
    """Nobody has shown yet that the mailbox is theirs: no password counts but the one that is chosen from there."""

    FIRST, SECOND = "violets for the first one", "harbours of the second"

    @pytest.fixture
    def account(self, api: Any) -> User:
        """Opened with one password, and signed up for again with another."""
        answers = [
            api.post("/api/v1/auth/signup/", SIGN_UP | {"password": password}) for password in (self.FIRST, self.SECOND)
        ]
        assert {(each.status_code, each.text) for each in answers} == {(202, answers[0].text)}
        account: User = User.objects.with_hidden().get()
        return account

    def test_password_of_whoever_was_first_is_worth_nothing_after_the_confirmation(
        self, api: Any, account: User
    ) -> None:
        assert not account.has_usable_password()

        assert api.post("/api/v1/auth/confirm-email/", {"token": token_of(account)}).status_code == 200

        for password in (self.FIRST, self.SECOND):
            answer = api.post("/api/v1/auth/login/", {"email": account.email, "password": password})
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")

    def test_mail_has_the_link_for_a_password_which_confirms_the_address(
        self, api: Any, account: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        drain_outbox()
        told = next(each for each in mail.outbox if each.subject == "Choose a password for SkillBridge")
        assert told.to == [account.email]
        token = re.search(r"password/reset/confirm/\?token=(\S+)", str(told.body)).group(1)  # type: ignore[union-attr]
        # Whoever goes on signing up with the address makes no link die.
        api.post("/api/v1/auth/signup/", SIGN_UP)

        answer = api.post("/api/v1/auth/password/reset/confirm/", {"token": token, "password": self.SECOND})

        assert answer.status_code == 204
        log_in = {"email": account.email, "password": self.SECOND}
        assert api.post("/api/v1/auth/login/", log_in).status_code == 200

    def test_account_keeps_no_mark_of_the_password_that_is_gone(self, api: Any) -> None:
        account = UserFactory(email="ada@example.org", confirmed=False, has_short_password=True)
        api.post("/api/v1/auth/signup/", SIGN_UP)
        assert not User.objects.with_hidden().get(pk=account.pk).has_short_password

    def test_operator_keeps_their_password(self, api: Any) -> None:
        """They may have logged in to the admin, which asks for a second factor and for no confirmation."""
        operator = UserFactory(email="ada@example.org", confirmed=False, role="admin", is_staff=True)
        api.post("/api/v1/auth/signup/", SIGN_UP)
        assert User.objects.with_hidden().get(pk=operator.pk).check_password(PASSWORD)
        assert account_mails() == [{"user_id": str(operator.pk), "template": "already_registered"}]

    def test_confirmation_at_the_same_moment_keeps_the_password_that_it_confirmed(self, api: Any) -> None:
        waiting = UserFactory(email="ada@example.org", confirmed=False)
        answer = overtaken(
            lambda: ApiClient().post("/api/v1/auth/signup/", SIGN_UP),
            lambda: api.post("/api/v1/auth/confirm-email/", {"token": token_of(waiting)}),
            lock=lambda: User.objects.select_for_update().get(pk=waiting.pk),
        )
        assert answer.status_code == 202
        account = User.objects.with_hidden().get(pk=waiting.pk)
        assert account.email_confirmed_at
        assert account.check_password(PASSWORD)


def test_signup_takes_no_handle_that_would_be_taken_only_where_the_address_was_new(api: Any) -> None:
    UserFactory(handle="someone", email="known@example.org")

    for email in ("known@example.org", "new@example.org"):
        response = api.post("/api/v1/auth/signup/", SIGN_UP | {"handle": "someone", "email": email})
        assert response.status_code == 202
    assert User.objects.get(email="new@example.org").handle == "ada-lovelace"


def test_signup_makes_another_handle_when_the_name_is_taken(api: Any) -> None:
    UserFactory(handle="ada-lovelace")

    api.post("/api/v1/auth/signup/", SIGN_UP)

    assert re.fullmatch(r"ada-lovelace-[a-z0-9]{8}", User.objects.get(email="ada@example.org").handle)


@pytest.mark.parametrize("name", ["Me", "A"])
def test_signup_makes_no_handle_that_is_shorter_than_people_may_choose(api: Any, name: str) -> None:
    """`/users/me/` is everybody's own profile, so that nobody can be `me`."""
    api.post("/api/v1/auth/signup/", {key: SIGN_UP[key] for key in ("email", "password")} | {"display_name": name})

    assert re.fullmatch(rf"{name.lower()}-[a-z0-9]{{8}}", User.objects.get().handle)


@pytest.mark.parametrize("name", ["Admin", "Support Team", "SkillBridge Official"])
def test_signup_makes_no_handle_that_speaks_for_the_platform(api: Any, name: str) -> None:
    api.post("/api/v1/auth/signup/", SIGN_UP | {"display_name": name})

    assert User.objects.get().handle == "member"


def test_signup_with_a_name_without_letters_still_has_a_handle(api: Any) -> None:
    api.post("/api/v1/auth/signup/", SIGN_UP | {"display_name": "¿¡"})

    assert User.objects.get().handle == "member"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "adalovelace@example"}, "password"),
        ({"email": "nonsense"}, "email"),
        ({"display_name": ""}, "display_name"),
        ({"display_name": "Ada\r\nBcc: eve@example.org"}, "display_name"),
    ],
)
def test_signup_with_bad_field_names_it_and_opens_nothing(api: Any, change: dict[str, str], field: str) -> None:
    response = api.post("/api/v1/auth/signup/", SIGN_UP | {"email": "adalovelace@example.org"} | change)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("name", "password"), [("Ada Lovelace", "lovelace, ada is it"), ("Čeněk Šlechta-Říp", "cenek-slechta-rip")]
)
def test_signup_with_a_password_like_the_name_or_the_handle_is_refused(api: Any, name: str, password: str) -> None:
    """The handle has no accents."""
    body = {"email": "nothing.alike@example.org", "display_name": name, "password": password}
    (problem,) = api.post("/api/v1/auth/signup/", body).json()["errors"]
    assert (problem["field"], problem["code"]) == ("password", "password_too_similar")


def test_confirmation_page_confirms_nothing_by_itself(api: Any) -> None:
    user = UserFactory(confirmed=False)

    token = token_of(user)
    page = api.get("/api/v1/auth/confirm-email/", {"token": token})

    assert page.status_code == 200
    assert "<form" in page.text
    assert token in page.text
    user.refresh_from_db()
    assert user.email_confirmed_at is None


def test_confirmation_by_button_shows_a_page(api: Any) -> None:
    user = UserFactory(confirmed=False)

    page = api.post(
        "/api/v1/auth/confirm-email/",
        urlencode({"token": token_of(user), "password": PASSWORD}),
        content_type="application/x-www-form-urlencoded",
        HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8",
    )

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "is confirmed" in page.text
    user.refresh_from_db()
    assert user.email_confirmed_at is not None


def test_confirmation_page_with_damaged_token_says_so(api: Any) -> None:
    page = api.post(
        "/api/v1/auth/confirm-email/",
        "token=nonsense",
        content_type="application/x-www-form-urlencoded",
        HTTP_ACCEPT="text/html",
    )

    assert page.status_code == 400
    assert "not valid" in page.text


def test_form_without_a_token_is_answered_with_the_problem(api: Any) -> None:
    refused = api.post(
        "/api/v1/auth/confirm-email/",
        "",
        content_type="application/x-www-form-urlencoded",
        HTTP_ACCEPT="text/html",
    )

    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/problem+json")
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("token", "required")]


class TestSomebodyElseSignedUp:
    """With an address that is not theirs: its owner has the mail, and presses what is in it."""

    FORM = "application/x-www-form-urlencoded"

    @pytest.fixture
    def account(self, api: Any) -> User:
        assert api.post("/api/v1/auth/signup/", SIGN_UP).status_code == 202
        account: User = User.objects.with_hidden().get()
        return account

    def press(self, api: Any, token: str, **fields: str) -> Any:
        """The button of the page behind the link."""
        body = urlencode({"token": token, **fields})
        return api.post("/api/v1/auth/confirm-email/", body, content_type=self.FORM, HTTP_ACCEPT="text/html")

    def log_in(self, api: Any, account: User, password: str) -> Any:
        return api.post("/api/v1/auth/login/", {"email": account.email, "password": password})

    @pytest.mark.parametrize("fields", [{}, {"password": ""}, {"password": "what the owner believes it to be"}])
    def test_owner_who_presses_the_button_confirms_nothing(
        self, api: Any, account: User, fields: dict[str, str]
    ) -> None:
        token = token_of(account)
        page = self.press(api, token, **fields)

        assert (page.status_code, page.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
        assert "opened with another password" in page.text
        assert token in page.text, "the page cannot be sent again"
        refused = self.log_in(api, account, SIGN_UP["password"])
        assert (refused.status_code, refused.json()["code"]) == (403, "email_not_confirmed")
        failed = AuditEntry.objects.get(details__reason="wrong_password_at_confirmation")
        assert failed.action == AuditAction.LOGIN_FAILED

    def test_owner_who_asks_for_a_password_has_the_account_and_the_stranger_has_not(
        self, api: Any, account: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        api.post("/api/v1/auth/password/reset/", {"email": account.email})
        drain_outbox()
        sent = next(each for each in mail.outbox if "password/reset" in str(each.body))
        token = re.search(r"confirm/\?token=(\S+)", str(sent.body)).group(1)  # type: ignore[union-attr]
        chosen = "harbours of the owner"
        assert api.post("/api/v1/auth/password/reset/confirm/", {"token": token, "password": chosen}).status_code == 204

        assert self.log_in(api, account, SIGN_UP["password"]).status_code == 401
        assert self.log_in(api, account, chosen).status_code == 200

    def test_who_signed_up_confirms_with_their_password(self, api: Any, account: User) -> None:
        body = {"token": token_of(account), "password": "not this one"}
        wrong = api.post("/api/v1/auth/confirm-email/", body)
        right = api.post("/api/v1/auth/confirm-email/", body | {"password": SIGN_UP["password"]})
        again = api.post("/api/v1/auth/confirm-email/", body)

        assert wrong.json()["errors"] == [
            {"field": "password", "code": "wrong_password", "message": "The account was opened with another password."}
        ]
        assert (wrong.status_code, right.status_code, again.status_code) == (400, 200, 200)
        assert self.log_in(api, account, SIGN_UP["password"]).status_code == 200

    def test_client_of_before_sends_the_token_alone(self, api: Any, account: User) -> None:
        assert api.post("/api/v1/auth/confirm-email/", {"token": token_of(account)}).status_code == 200
        assert self.log_in(api, account, SIGN_UP["password"]).status_code == 200

    def test_link_that_is_asked_for_again_is_for_a_password_where_it_is_gone(self, api: Any, account: User) -> None:
        api.post("/api/v1/auth/resend-confirmation/", {"email": account.email})
        User.objects.update(password=make_password(None))
        api.post("/api/v1/auth/resend-confirmation/", {"email": account.email})

        asked = [each["template"] for each in account_mails() if each["user_id"] == str(account.pk)]
        assert asked == ["confirm_email", "finish_sign_up"]


def test_confirmation_repeated_changes_nothing(api: Any) -> None:
    user = UserFactory(confirmed=False)
    token = token_of(user)

    first = api.post("/api/v1/auth/confirm-email/", {"token": token})
    second = api.post("/api/v1/auth/confirm-email/", {"token": token})

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert AuditEntry.objects.filter(action=AuditAction.EMAIL_CONFIRMED).count() == 1


def test_confirmation_token_for_an_address_that_changed_is_refused(api: Any) -> None:
    user = UserFactory(confirmed=False)
    token = token_of(user)
    User.objects.filter(pk=user.pk).update(email="moved@example.org")

    response = api.post("/api/v1/auth/confirm-email/", {"token": token})

    assert (response.status_code, response.json()["code"]) == (400, "confirmation_token_invalid")


def test_confirmation_token_is_expired_after_its_lifetime(api: Any, settings: Any) -> None:
    token = token_of(UserFactory(confirmed=False))
    settings.EMAIL_CONFIRMATION_LIFETIME = timedelta(0)

    response = api.post("/api/v1/auth/confirm-email/", {"token": token})

    assert (response.status_code, response.json()["code"]) == (400, "confirmation_token_expired")


def test_resend_mails_only_those_who_wait_and_once_in_a_while(api: Any) -> None:
    waiting, confirmed = UserFactory(confirmed=False), UserFactory()

    answers = [
        api.post("/api/v1/auth/resend-confirmation/", {"email": email})
        for email in (waiting.email, waiting.email, confirmed.email, "nobody@example.org")
    ]

    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    # For the others there is a message too, or the time would tell; it is nobody's and sends nothing.
    people = [message["user_id"] for message in account_mails()]
    assert people.count(str(waiting.pk)) == 1
    assert len(people) == 3
    assert not User.objects.filter(pk__in=people).exclude(pk=waiting.pk).exists()


def test_login_gives_tokens_that_work(api: Any) -> None:
    user = UserFactory(email="ada@example.org")

    response = api.post("/api/v1/auth/login/", {"email": " ADA@example.org", "password": PASSWORD})

    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["expires_in"], body["user"]["id"]) == (300, str(user.pk))
    assert body["access"].count(".") == 2
    user.refresh_from_db()
    assert user.last_login is not None
    entry = AuditEntry.objects.events().get()
    assert (entry.action, entry.details) == (AuditAction.LOGGED_IN, {"method": "password"})


@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("ada@example.org", "wrong", "wrong_password"),
        ("nobody@example.org", PASSWORD, "unknown_account"),
        ("gone@example.org", PASSWORD, "unknown_account"),
        ("imported@example.org", PASSWORD, "no_password"),
    ],
)
def test_login_refused_gives_one_answer_and_an_audit_entry_that_stays(
    api: Any, email: str, password: str, reason: str
) -> None:
    UserFactory(email="ada@example.org")
    UserFactory(email="gone@example.org", is_active=False)
    User.objects.create_user(email="imported@example.org", password=None, handle="imported", display_name="Imported")

    response = api.post("/api/v1/auth/login/", {"email": email, "password": password})

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
    entry = AuditEntry.objects.events().get()
    assert (entry.action, entry.details["reason"]) == (AuditAction.LOGIN_FAILED, reason)
    # An address that nobody has is kept as a fingerprint, so that attempts at the same one can be told from others.
    assert ("address" in entry.details) == (reason == "unknown_account")
    assert "@" not in str(entry.details)


def test_login_before_confirmation_is_told_only_with_the_right_password(api: Any) -> None:
    user = UserFactory(confirmed=False)

    right = api.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD})
    wrong = api.post("/api/v1/auth/login/", {"email": user.email, "password": "wrong"})

    assert (right.status_code, right.json()["code"]) == (403, "email_not_confirmed")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")


def test_login_after_ten_failures_waits_only_there_and_only_for_a_while(api: Any) -> None:
    user, other = UserFactory(), UserFactory()
    for _ in range(10):
        assert api.post("/api/v1/auth/login/", {"email": user.email, "password": "wrong"}).status_code == 401

    limited = api.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD})
    elsewhere = api.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD}, REMOTE_ADDR="10.1.2.3")
    somebody_else = api.post("/api/v1/auth/login/", {"email": other.email, "password": PASSWORD})

    assert (limited.status_code, limited.json()["code"]) == (429, "too_many_login_attempts")
    assert 0 < int(limited.headers["Retry-After"]) <= 900
    assert elsewhere.status_code == somebody_else.status_code == 200


def test_login_that_succeeds_forgives_the_failures_before_it(api: Any) -> None:
    user = UserFactory()
    for _ in range(9):
        api.post("/api/v1/auth/login/", {"email": user.email, "password": "wrong"})
    api.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD})

    assert api.post("/api/v1/auth/login/", {"email": user.email, "password": "wrong"}).status_code == 401


def test_login_without_redis_is_unavailable(api: Any, settings: Any) -> None:
    user = UserFactory()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = api.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD})

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_client_address_is_what_our_own_proxy_has_seen(api: Any, settings: Any) -> None:
    user = UserFactory()
    settings.TRUSTED_PROXIES = 1

    api.post(
        "/api/v1/auth/login/",
        {"email": user.email, "password": PASSWORD},
        HTTP_X_FORWARDED_FOR="1.2.3.4, 203.0.113.9",
        HTTP_USER_AGENT="phone",
    )
    api.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD}, HTTP_X_FORWARDED_FOR="rubbish")

    entries = AuditEntry.objects.events().order_by("id")
    assert [(entry.ip_address, entry.user_agent) for entry in entries] == [("203.0.113.9", "phone"), (None, "")]
    assert timezone.now() - entries[0].occurred_at < timedelta(minutes=1)
