"""Another address: asked for with a proof, confirmed from the new mailbox, stopped and undone from the old one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from skillbridge_backend.core.ids import first_id_at
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import AuditAction
from users.models import (
    AuditEntry,
    AuthenticatorApp,
    EmailChange,
    Passkey,
    PersonalToken,
    RecoveryCode,
    RefreshTokenFamily,
    SocialLink,
    User,
)
from users.services import EmailChangeService
from users.tests.factories import (
    PASSWORD,
    AuthenticatorAppFactory,
    EmailChangeFactory,
    PasskeyFactory,
    PersonalTokenFactory,
    ProfileFactory,
    RecoveryCodeFactory,
    SocialLinkFactory,
    UserFactory,
)
from users.tests.logins import as_client_of, logged_in
from users.views.pages import page

pytestmark = pytest.mark.django_db(transaction=True)
CHANGE, CONFIRM, STOP, ME = (
    "/api/v1/auth/email/",
    "/api/v1/auth/email/confirm/",
    "/api/v1/auth/email/stop/",
    "/api/v1/users/me/",
)
NEW = "ada.new@example.org"
FORM, BROWSER = "application/x-www-form-urlencoded", {"HTTP_ACCEPT": "text/html"}
Drain = Callable[[], list[str]]


@pytest.fixture
def person() -> User:
    found: User = ProfileFactory().user
    return found


@pytest.fixture
def client(person: User) -> ApiClient:
    return as_client_of(logged_in(person))


def asked(client: ApiClient, drain: Drain, email: str = NEW) -> tuple[str, str]:
    """The tokens in the two mails about a change: to confirm it with, and to stop it with."""
    drain()
    mail.outbox.clear()
    response = client.post(CHANGE, {"email": email})
    assert response.status_code == 202, response.content
    drain()
    to_new, to_old = sorted(mail.outbox, key=lambda message: message.to != [email])
    return token_in(to_new), token_in(to_old)


def token_in(message: Any) -> str:
    link = next(word for word in message.body.split() if "token=" in word)
    token: str = parse_qs(urlsplit(link).query)["token"][0]
    return token


def address_of(person: User) -> str:
    return str(User.objects.with_hidden().get(pk=person.pk).email)


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def events_of(person: User) -> set[str]:
    return set(AuditEntry.objects.filter(user_id=person.pk).values_list("action", flat=True))


def later(change: EmailChange, days: float) -> None:
    """As if it had been asked for, and confirmed, so long ago."""
    earlier = timedelta(days=days)
    change.asked_at -= earlier
    change.confirmed_at = change.confirmed_at and change.confirmed_at - earlier
    change.save()


class TestChange:
    def test_new_address_counts_once_it_is_confirmed_and_other_logins_end(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        old, other = person.email, logged_in(person)
        confirm, _ = asked(client, drain_outbox, "  Ada.New@Example.org ".strip())
        assert [message.to for message in mail.outbox] == [[NEW], [old]]
        assert (address_of(person), client.get(CHANGE).json()["waiting"]["email"]) == (old, NEW)

        assert api.post(CONFIRM, {"token": confirm}).status_code == 204

        assert client.get(ME).json()["email"] == NEW
        assert client.get(CHANGE).json() == {"waiting": None}
        assert as_client_of(other).get(ME).status_code == 401
        assert api.post("/api/v1/auth/login/", {"email": NEW, "password": PASSWORD}).status_code == 200
        assert refusal(api.post("/api/v1/auth/login/", {"email": old, "password": PASSWORD})) == (
            401,
            "invalid_credentials",
        )
        assert {AuditAction.EMAIL_CHANGE_ASKED, AuditAction.EMAIL_CHANGED} <= events_of(person)
        mail.outbox.clear()
        drain_outbox()
        told = [(message.to, message.subject) for message in mail.outbox]
        assert ([old], "The address of your account was changed") in told

    def test_link_works_once_and_for_a_day(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        confirm, _ = asked(client, drain_outbox)
        assert api.post(CONFIRM, {"token": confirm}).status_code == 204
        assert refusal(api.post(CONFIRM, {"token": confirm})) == (400, "email_change_over")
        confirm, _ = asked(client, drain_outbox, "third@example.org")
        later(EmailChange.objects.get(user=person, confirmed_at=None), days=1)
        assert refusal(api.post(CONFIRM, {"token": confirm})) == (400, "email_change_over")
        assert address_of(person) == NEW

    def test_link_ends_with_the_session_that_asked_though_nobody_ended_that(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        confirm, _ = asked(client, drain_outbox)
        sessions = RefreshTokenFamily.objects.filter(user=person)
        sessions.update(created_at=timezone.now() - timedelta(days=30), expires_at=timezone.now())
        assert as_client_of(logged_in(person)).get(CHANGE).json() == {"waiting": None}
        assert refusal(api.post(CONFIRM, {"token": confirm})) == (400, "email_change_over")
        assert address_of(person) != NEW

    def test_asking_again_replaces_what_was_asked_before(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        first, _ = asked(client, drain_outbox)
        second, _ = asked(client, drain_outbox, "third@example.org")
        assert refusal(api.post(CONFIRM, {"token": first})) == (400, "email_change_over")
        assert api.post(CONFIRM, {"token": second}).status_code == 204
        assert address_of(person) == "third@example.org"

    def test_change_can_be_given_up(self, api: Any, client: ApiClient, person: User, drain_outbox: Drain) -> None:
        confirm, stop = asked(client, drain_outbox)
        assert client.delete(CHANGE).status_code == 204
        assert client.delete(CHANGE).status_code == 404
        for path, token in ((CONFIRM, confirm), (STOP, stop)):
            assert refusal(api.post(path, {"token": token})) == (400, "email_change_over")
        assert AuditAction.EMAIL_CHANGE_STOPPED in events_of(person)

    def test_needs_a_recent_proof(self, client: ApiClient, person: User) -> None:
        RefreshTokenFamily.objects.update(proved_at=timezone.now() - settings.STEP_UP_LIFETIME)
        assert refusal(client.post(CHANGE, {"email": NEW})) == (403, "step_up_required")
        assert not EmailChange.objects.exists()

    @pytest.mark.parametrize(
        ("email", "code"),
        [("not an address", "invalid"), ("", "blank"), (None, "null"), ("x" * 250 + "@example.org", "max_length")],
    )
    def test_what_is_no_address_is_refused_by_name(self, client: ApiClient, email: Any, code: str) -> None:
        problem = client.post(CHANGE, {"email": email}).json()
        assert ("email", code) in [(each["field"], each["code"]) for each in problem["errors"]]

    def test_present_address_is_refused(self, client: ApiClient, person: User) -> None:
        response = client.post(CHANGE, {"email": person.email.upper()})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "unchanged")

    def test_links_have_pages_that_change_nothing_by_being_opened(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        old = person.email
        confirm, stop = asked(client, drain_outbox)
        for path, token in ((CONFIRM, confirm), (STOP, stop)):
            assert token in api.get(path, {"token": token}).content.decode()
        assert address_of(person) == old
        done = api.post(CONFIRM, f"token={confirm}", content_type=FORM, **BROWSER)
        assert (done.status_code, "Your address has changed" in done.content.decode()) == (200, True)
        again = api.post(CONFIRM, f"token={confirm}", content_type=FORM, **BROWSER)
        assert (again.status_code, "no longer works" in again.content.decode()) == (400, True)
        undone = api.post(STOP, f"token={stop}", content_type=FORM, **BROWSER)
        assert "old address again" in undone.content.decode()
        assert "stays as it is" in page("stop_email_change.html", is_done=True).content.decode()

    @pytest.mark.parametrize("token", ["", "x", "eyJ9.1.2"])
    @pytest.mark.parametrize("path", [CONFIRM, STOP])
    def test_damaged_links_are_refused(self, api: Any, path: str, token: str) -> None:
        assert api.post(path, {"token": token}).status_code == 400

    def test_links_of_one_mail_are_no_good_for_the_other(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        confirm, stop = asked(client, drain_outbox)
        assert refusal(api.post(CONFIRM, {"token": stop})) == (400, "email_change_over")
        assert refusal(api.post(STOP, {"token": confirm})) == (400, "email_change_over")
        assert EmailChange.objects.filter(user=person, confirmed_at=None).exists()

    def test_nothing_is_mailed_about_a_change_that_is_over(
        self, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        client.post(CHANGE, {"email": NEW})
        client.delete(CHANGE)
        drain_outbox()
        assert mail.outbox == []


class TestTakenAddress:
    def test_answer_is_the_same_and_its_owner_is_told(self, client: ApiClient, drain_outbox: Drain) -> None:
        owner = UserFactory(email="taken@example.org")
        free, taken = client.post(CHANGE, {"email": NEW}), client.post(CHANGE, {"email": owner.email})
        assert (free.status_code, set(free.json())) == (taken.status_code, set(taken.json()))
        drain_outbox()
        assert [message.subject for message in mail.outbox if message.to == [owner.email]] == [
            "Somebody asked to use your address"
        ]

    def test_address_that_somebody_took_meanwhile_is_refused(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        old = person.email
        confirm, _ = asked(client, drain_outbox)
        UserFactory(email=NEW)
        assert refusal(api.post(CONFIRM, {"token": confirm})) == (409, "email_taken")
        assert address_of(person) == old

    def test_address_that_can_be_taken_back_is_taken(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        old = person.email
        confirm, _ = asked(client, drain_outbox)
        api.post(CONFIRM, {"token": confirm})
        drain_outbox()
        mail.outbox.clear()
        sign_up = {"email": old, "password": "another person's words", "display_name": "Eve"}
        assert api.post("/api/v1/auth/signup/", sign_up).status_code == 202
        assert not User.objects.filter(email=old).exists()
        drain_outbox()
        told = [(message.to, message.subject) for message in mail.outbox]
        assert told == [([old], "The address of your account was changed")]
        other = as_client_of(logged_in(ProfileFactory().user))
        to_old, _ = asked(other, drain_outbox, old)
        assert refusal(api.post(CONFIRM, {"token": to_old})) == (409, "email_taken")

        later(EmailChange.objects.get(user=person), days=7)

        assert api.post("/api/v1/auth/signup/", sign_up).status_code == 202
        assert User.objects.filter(email=old).exists()


class TestStop:
    def test_before_it_is_confirmed_nothing_changes(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        confirm, stop = asked(client, drain_outbox)
        assert api.post(STOP, {"token": stop}).json() == {"was_restored": False}
        assert refusal(api.post(CONFIRM, {"token": confirm})) == (400, "email_change_over")
        assert client.get(ME).status_code == 200

    def test_afterwards_the_owner_has_the_account_again_and_the_intruder_nothing(
        self, api: Any, person: User, drain_outbox: Drain
    ) -> None:
        """Who came in added factors and a token, changed the address twice, and signed the old one up."""
        old = person.email
        session = logged_in(person)
        intruder = as_client_of(session)
        AuthenticatorAppFactory(user=person, confirmed_at=timezone.now())
        PasskeyFactory(user=person)
        RecoveryCodeFactory(user=person)
        PersonalTokenFactory(user=person)
        SocialLinkFactory(user=person)
        confirm, stop = asked(intruder, drain_outbox)
        assert api.post(CONFIRM, {"token": confirm}).status_code == 204
        confirm, second_stop = asked(intruder, drain_outbox, "third@example.org")
        assert api.post(CONFIRM, {"token": confirm}).status_code == 204
        mail.outbox.clear()

        assert api.post(STOP, {"token": stop}).json() == {"was_restored": True}

        assert address_of(person) == old
        assert intruder.get(ME).status_code == 401
        assert api.post("/api/v1/auth/refresh/", {"refresh": session.refresh}).status_code == 401
        for model in (AuthenticatorApp, Passkey, RecoveryCode, PersonalToken, SocialLink, EmailChange):
            assert not model.objects.filter(user=person).exists()
        assert refusal(api.post(STOP, {"token": second_stop})) == (400, "email_change_over")
        assert refusal(api.post("/api/v1/auth/login/", {"email": old, "password": PASSWORD})) == (
            401,
            "invalid_credentials",
        )
        assert AuditAction.EMAIL_RESTORED in events_of(person)
        drain_outbox()
        reset = next(each for each in mail.outbox if each.subject == "Your account has this address again")
        assert reset.to == [old]
        body = {"token": token_in(reset), "password": "seventeen green kettles"}
        assert api.post("/api/v1/auth/password/reset/confirm/", body).status_code == 204
        assert logged_in(User.objects.with_hidden().get(pk=person.pk), password=body["password"])

    def test_stopping_a_later_change_leaves_the_first_owner_their_way_back(
        self, api: Any, person: User, drain_outbox: Drain
    ) -> None:
        """Who came in reads the mailbox of their first change, and so has the link that stops the second."""
        old = person.email
        intruder = as_client_of(logged_in(person))
        confirm, stop = asked(intruder, drain_outbox)
        api.post(CONFIRM, {"token": confirm})
        confirm, second_stop = asked(intruder, drain_outbox, "third@example.org")
        api.post(CONFIRM, {"token": confirm})

        assert api.post(STOP, {"token": second_stop}).json() == {"was_restored": True}
        assert address_of(person) == NEW
        assert api.post(STOP, {"token": stop}).json() == {"was_restored": True}

        assert address_of(person) == old

    def test_factors_of_long_ago_stay(self, api: Any, client: ApiClient, person: User, drain_outbox: Drain) -> None:
        long_ago = timezone.now() - timedelta(days=30)
        AuthenticatorAppFactory(user=person, confirmed_at=long_ago)
        PasskeyFactory(user=person, id=first_id_at(long_ago))
        code = RecoveryCodeFactory(user=person, id=UUID(int=first_id_at(long_ago).int + 1))
        confirm, stop = asked(client, drain_outbox)
        api.post(CONFIRM, {"token": confirm})

        assert api.post(STOP, {"token": stop}).json() == {"was_restored": True}

        assert AuthenticatorApp.objects.filter(user=person).exists()
        assert Passkey.objects.filter(user=person).exists()
        assert RecoveryCode.objects.filter(pk=code.pk).exists()

    def test_change_can_be_undone_for_a_week(
        self, api: Any, client: ApiClient, person: User, drain_outbox: Drain
    ) -> None:
        confirm, stop = asked(client, drain_outbox)
        api.post(CONFIRM, {"token": confirm})
        change = EmailChange.objects.get(user=person)
        later(change, days=7)
        assert refusal(api.post(STOP, {"token": stop})) == (400, "email_change_over")
        later(change, days=-0.01)
        assert api.post(STOP, {"token": stop}).json() == {"was_restored": True}


def test_changes_that_are_over_are_forgotten() -> None:
    now = timezone.now()
    kept = [EmailChangeFactory(), EmailChangeFactory(asked_at=now, confirmed_at=now)]
    asked_at = timezone.now() - timedelta(days=8)
    EmailChangeFactory(asked_at=asked_at)
    EmailChangeFactory(asked_at=asked_at, confirmed_at=asked_at)
    assert EmailChangeService().remove_old() == 2
    assert set(EmailChange.objects.values_list("pk", flat=True)) == {each.pk for each in kept}
