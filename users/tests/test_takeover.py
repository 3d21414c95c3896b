"""Ways to keep somebody's account that no single flow shows: what was begun before its owner threw everybody out."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from skillbridge_backend.core.tests.fixtures import ApiClient
from skillbridge_backend.core.tests.races import overtaken
from users.enums import AuditAction
from users.models import (
    AuditEntry,
    AuthenticatorApp,
    Departure,
    Passkey,
    PersonalToken,
    RecoveryCode,
    RefreshTokenFamily,
    SocialLink,
    User,
)
from users.services import PasswordService
from users.tests.authenticator import Authenticator
from users.tests.factories import (
    PASSWORD,
    AuthenticatorAppFactory,
    PersonalTokenFactory,
    ProfileFactory,
    RecoveryCodeFactory,
    SocialLinkFactory,
)
from users.tests.logins import as_client_of, code_now, logged_in
from users.tests.provider_server import ProviderServer
from users.tests.visits import app_code

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], list[str]]
AUTH = "/api/v1/auth/"
LOGIN, SECOND = f"{AUTH}login/", f"{AUTH}login/second-factor/"
CHANGE, CONFIRM, STOP = f"{AUTH}email/", f"{AUTH}email/confirm/", f"{AUTH}email/stop/"
RESET, SESSIONS, LINKS = f"{AUTH}password/reset/confirm/", f"{AUTH}sessions/", f"{AUTH}links/"
PASSKEYS, DISOWN = f"{AUTH}factors/passkeys/", f"{AUTH}factors/disown/"
ME = "/api/v1/users/me/"
THEIRS = "intruder@example.org"
NEW = "seventeen green kettles"


@pytest.fixture
def person() -> User:
    found: User = ProfileFactory().user
    return found


@pytest.fixture
def intruder(person: User) -> ApiClient:
    """Somebody who has just logged in with the person's password."""
    return as_client_of(logged_in(person))


def token_in(message: Any) -> str:
    link = next(word for word in message.body.split() if "token=" in word)
    token: str = parse_qs(urlsplit(link).query)["token"][0]
    return token


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def hidden(person: User) -> User:
    found: User = User.objects.with_hidden().get(pk=person.pk)
    return found


def reset(api: Any, person: User) -> None:
    """The owner chooses a new password, by the link that their mailbox has."""
    token = parse_qs(urlsplit(PasswordService.reset_link(hidden(person))).query)["token"][0]
    response = api.post(RESET, {"token": token, "password": NEW})
    assert response.status_code == 204, response.content


def asked_for_change(intruder: ApiClient, drain: Drain) -> tuple[str, str]:
    """The tokens of the mails about a new address: the one to confirm it with, and the owner's to stop it with."""
    drain()
    mail.outbox.clear()
    assert intruder.post(CHANGE, {"email": THEIRS}).status_code == 202
    drain()
    words = {each.to[0]: next(word for word in each.body.split() if "token=" in word) for each in mail.outbox}
    confirm = words.pop(THEIRS)
    (stop,) = words.values()
    return parse_qs(urlsplit(confirm).query)["token"][0], parse_qs(urlsplit(stop).query)["token"][0]


def throw_out_by_reset(api: Any, person: User) -> None:
    reset(api, person)


def throw_out_by_change(api: Any, person: User) -> None:
    body = {"current_password": PASSWORD, "password": NEW}
    assert as_client_of(logged_in(person)).post(f"{AUTH}password/change/", body).status_code == 204


def throw_out_by_list(api: Any, person: User) -> None:
    assert as_client_of(logged_in(person)).delete(f"{SESSIONS}?keep_current=true").status_code == 204


def throw_out_by_logout(api: Any, person: User) -> None:
    for session in RefreshTokenFamily.objects.filter(user=person):
        assert as_client_of(logged_in(person)).delete(f"{SESSIONS}{session.pk}/").status_code == 204


class TestWaitingChangeOfAddress:
    @pytest.mark.parametrize(
        "throw_out", [throw_out_by_reset, throw_out_by_change, throw_out_by_list, throw_out_by_logout]
    )
    def test_ends_with_the_session_that_asked_for_it(
        self, api: Any, person: User, intruder: ApiClient, drain_outbox: Drain, throw_out: Callable[[Any, User], None]
    ) -> None:
        """Otherwise the intruder confirms it from their mailbox, and asks for a new password there."""
        confirm, _ = asked_for_change(intruder, drain_outbox)

        throw_out(api, person)

        assert intruder.get(ME).status_code == 401
        assert refusal(api.post(CONFIRM, {"token": confirm})) == (400, "email_change_over")
        assert hidden(person).email == person.email

    def test_of_ones_own_goes_on_when_others_are_thrown_out(
        self, api: Any, person: User, intruder: ApiClient, drain_outbox: Drain
    ) -> None:
        owner = as_client_of(logged_in(person))
        confirm, _ = asked_for_change(owner, drain_outbox)

        assert owner.delete(f"{SESSIONS}?keep_current=true").status_code == 204

        assert api.post(CONFIRM, {"token": confirm}).status_code == 204


def test_undone_change_of_address_cancels_the_erasure_that_came_with_it(
    api: Any, person: User, intruder: ApiClient, drain_outbox: Drain
) -> None:
    """The mail about it went to the intruder's address: the owner would not know, and lose everything."""
    confirm, stop = asked_for_change(intruder, drain_outbox)
    assert api.post(CONFIRM, {"token": confirm}).status_code == 204
    assert intruder.delete(ME, {"password": PASSWORD}).status_code == 202

    assert api.post(STOP, {"token": stop}).json() == {"was_restored": True}

    assert not Departure.objects.filter(user=person).exists()
    assert AuditEntry.objects.filter(user_id=person.pk, action=AuditAction.DELETION_CANCELLED).exists()


class TestLoginThatWasBegun:
    @pytest.fixture
    def app(self, person: User) -> AuthenticatorApp:
        return AuthenticatorAppFactory(user=person, confirmed_at=timezone.now() - timedelta(days=30))

    def test_with_the_old_password_does_not_go_on(self, api: Any, person: User, app: AuthenticatorApp) -> None:
        """The link from the e-mail is there for whoever's password is known to somebody."""
        begun = api.post(LOGIN, {"email": person.email, "password": PASSWORD}).json()
        assert begun["code"] == "second_factor_required"

        reset(api, person)

        answer = api.post(SECOND, {"ticket": begun["ticket"], "code": code_now(app.secret)})
        assert refusal(answer) == (400, "challenge_over")
        assert not RefreshTokenFamily.objects.filter(user=person).exists()


class TestFirstFactor:
    """A password that somebody found out is enough to add one, and after that it is the owner who is kept out."""

    def added_by(self, intruder: ApiClient, drain: Drain) -> tuple[Authenticator, str]:
        """The intruder's passkey, and the token in the mail about it."""
        key = Authenticator()
        asked = intruder.post(PASSKEYS).json()
        answer = {"ticket": asked["ticket"], "name": "Mine now", "passkey": key.create(asked["passkey_options"])}
        mail.outbox.clear()
        assert intruder.post(f"{PASSKEYS}confirm/", answer).status_code == 201
        drain()
        (told,) = mail.outbox
        return key, token_in(told)

    def test_is_disowned_from_the_mailbox_and_the_intruder_has_nothing_left(
        self, api: Any, person: User, intruder: ApiClient, drain_outbox: Drain
    ) -> None:
        key, token = self.added_by(intruder, drain_outbox)
        AuthenticatorAppFactory(user=person)
        PersonalTokenFactory(user=person)
        SocialLinkFactory(user=person)
        reset(api, person)  # which alone changes nothing
        begun = api.post(LOGIN, {"email": person.email, "password": NEW}).json()
        assert (begun["code"], "passkey" in begun["factors"]) == ("second_factor_required", True)
        drain_outbox()
        mail.outbox.clear()

        assert api.post(DISOWN, {"token": token}).status_code == 204

        for model in (AuthenticatorApp, Passkey, RecoveryCode, PersonalToken, SocialLink):
            assert not model.objects.filter(user=person).exists()
        assert intruder.get(ME).status_code == 401
        alone = api.post(f"{LOGIN}passkey/").json()
        answer = {"ticket": alone["ticket"], "passkey": key.get(alone["passkey_options"])}
        assert refusal(api.post(f"{LOGIN}passkey/confirm/", answer)) == (401, "second_factor_invalid")
        assert refusal(api.post(LOGIN, {"email": person.email, "password": NEW})) == (401, "invalid_credentials")
        removed = AuditEntry.objects.filter(user_id=person.pk, action=AuditAction.FACTOR_REMOVED)
        assert [each.details["reason"] for each in removed] == ["disowned", "disowned"]
        drain_outbox()
        told = next(each for each in mail.outbox if each.subject == "Your second factors were removed")
        body = {"token": token_in(told), "password": "eighteen green kettles"}
        assert api.post(RESET, body).status_code == 204
        assert logged_in(hidden(person), password=body["password"])

    def test_link_works_once(self, api: Any, person: User, intruder: ApiClient, drain_outbox: Drain) -> None:
        _, token = self.added_by(intruder, drain_outbox)
        assert api.post(DISOWN, {"token": token}).status_code == 204
        own = AuthenticatorAppFactory(user=person)

        assert refusal(api.post(DISOWN, {"token": token})) == (400, "factors_disowned")

        assert AuthenticatorApp.objects.filter(pk=own.pk).exists()

    def test_link_ends_after_its_time(
        self, api: Any, intruder: ApiClient, drain_outbox: Drain, settings: LazySettings
    ) -> None:
        _, token = self.added_by(intruder, drain_outbox)
        settings.SECOND_FACTOR_UNDO = timedelta(0)
        assert refusal(api.post(DISOWN, {"token": token})) == (400, "factors_disowned")
        assert Passkey.objects.exists()

    @pytest.mark.parametrize("token", ["x", "eyJ9.1.2"])
    def test_damaged_link_is_refused(self, api: Any, token: str) -> None:
        assert refusal(api.post(DISOWN, {"token": token})) == (400, "factors_disowned")

    def test_link_has_a_page_that_changes_nothing_by_being_opened(
        self, api: Any, intruder: ApiClient, drain_outbox: Drain
    ) -> None:
        _, token = self.added_by(intruder, drain_outbox)
        assert token in api.get(DISOWN, {"token": token}).content.decode()
        assert Passkey.objects.exists()
        form = {"content_type": "application/x-www-form-urlencoded", "HTTP_ACCEPT": "text/html"}
        done = api.post(DISOWN, f"token={token}", **form)
        assert (done.status_code, "are removed" in done.content.decode()) == (200, True)
        again = api.post(DISOWN, f"token={token}", **form)
        assert (again.status_code, "no longer works" in again.content.decode()) == (400, True)

    def test_mail_about_a_further_one_has_no_link(self, person: User, intruder: ApiClient, drain_outbox: Drain) -> None:
        """Who has a factor of their own logs in with it; a link would let the mailbox around it for good."""
        AuthenticatorAppFactory(user=person)
        key, asked = Authenticator(), intruder.post(PASSKEYS).json()
        answer = {"ticket": asked["ticket"], "name": "Another", "passkey": key.create(asked["passkey_options"])}
        assert intruder.post(f"{PASSKEYS}confirm/", answer).status_code == 201
        mail.outbox.clear()
        drain_outbox()
        assert [(each.subject, "token=" in each.body) for each in mail.outbox] == [("A passkey was added", False)]

    def test_operator_removes_all_from_the_shell(
        self, api: Any, person: User, intruder: ApiClient, drain_outbox: Drain, as_admin_process: None
    ) -> None:
        app = AuthenticatorAppFactory(user=person)
        RecoveryCodeFactory(user=person)
        out = StringIO()

        call_command("remove_second_factors", person.email, stdout=out)

        assert "1 second factors were removed" in out.getvalue()
        assert not AuthenticatorApp.objects.filter(pk=app.pk).exists()
        assert not RecoveryCode.objects.filter(user=person).exists()
        removed = AuditEntry.objects.get(user_id=person.pk, action=AuditAction.FACTOR_REMOVED)
        assert removed.details == {"factor": "authenticator_app", "reason": "operator"}
        with pytest.raises(CommandError, match="no active account"):
            call_command("remove_second_factors", "nobody@example.org")


class TestRaces:
    def test_login_with_the_old_password_at_the_moment_of_a_new_one_is_refused(self, api: Any, person: User) -> None:
        """Whoever logs in all the time would have one going on whenever the owner throws everybody out."""
        answer = overtaken(
            lambda: api.post(LOGIN, {"email": person.email, "password": PASSWORD}),
            lambda: reset(ApiClient(), person),
            lock=lambda: User.objects.select_for_update().get(pk=person.pk),
        )

        assert refusal(answer) == (401, "invalid_credentials")
        assert not RefreshTokenFamily.objects.alive().filter(user=person).exists()

    def test_provider_linked_at_the_moment_of_a_new_password_is_not(
        self, person: User, intruder: ApiClient, server: ProviderServer
    ) -> None:
        answer = overtaken(
            lambda: intruder.post(f"{LINKS}github/code/", app_code(server)),
            lambda: reset(ApiClient(), person),
            lock=lambda: User.objects.select_for_update().get(pk=person.pk),
        )

        assert answer.status_code in (401, 403)
        assert not SocialLink.objects.filter(user=person).exists()
