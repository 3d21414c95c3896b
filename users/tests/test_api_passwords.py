"""A forgotten password, and a changed one: what ends, who is told, and everything that gets nobody in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.conf import settings
from django.core import mail

from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import AuditAction
from users.models import AuditEntry, RefreshTokenFamily, User
from users.services import PasswordService
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, UserFactory
from users.tests.logins import as_client_of, code_now, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
ASK, RESET, CHANGE = (f"/api/v1/auth/password/{name}" for name in ("reset/", "reset/confirm/", "change/"))
NEW = "seventeen green kettles"
FORM = "application/x-www-form-urlencoded"
BROWSER = {"HTTP_ACCEPT": "text/html"}


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def person() -> User:
    return UserFactory()


def token_for(person: User) -> str:
    link = PasswordService.reset_link(User.objects.with_hidden().get(pk=person.pk))
    return parse_qs(urlsplit(link).query)["token"][0]


def has_password(person: User, password: str) -> bool:
    return bool(User.objects.with_hidden().get(pk=person.pk).check_password(password))


class TestForgotten:
    def test_link_from_the_mail_sets_the_password_and_ends_every_session(
        self, api: Any, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        session = logged_in(person)
        assert api.post(ASK, {"email": person.email.upper()}).status_code == 202
        drain_outbox()
        (message,) = mail.outbox
        link = next(word for word in message.body.split() if "token=" in word)
        token = parse_qs(urlsplit(link).query)["token"][0]

        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 204

        assert has_password(person, NEW)
        assert as_client_of(session).get("/api/v1/users/me/").status_code == 401
        assert api.post("/api/v1/auth/refresh/", {"refresh": session.refresh}).status_code == 401
        assert logged_in(person, password=NEW)
        drain_outbox()
        assert [each.subject for each in mail.outbox] == ["Choose a new password", "Your password was changed"]
        assert mail.outbox[1].to == [person.email]

    def test_addresses_without_an_account_are_answered_alike_and_nothing_is_mailed(
        self, api: Any, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        closed = UserFactory(is_active=False)
        answers = [api.post(ASK, {"email": email}) for email in (person.email, closed.email, "nobody@example.org")]

        assert len({(answer.status_code, answer.content) for answer in answers}) == 1
        # The same work for each, down to the message.
        assert OutboxMessage.objects.filter(topic="notifications.send_account_email").count() == 3
        drain_outbox()
        assert [each.to for each in mail.outbox] == [[person.email]]

    def test_link_works_once(self, api: Any, person: User) -> None:
        token = token_for(person)
        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 204

        again = api.post(RESET, {"token": token, "password": NEW + " again"})

        assert (again.status_code, again.json()["code"]) == (400, "reset_token_invalid")
        assert has_password(person, NEW)

    def test_link_outlives_logins_of_whoever_found_out_the_password(self, api: Any, person: User) -> None:
        token = token_for(person)
        intruder = logged_in(person)

        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 204

        assert has_password(person, NEW)
        assert as_client_of(intruder).get("/api/v1/users/me/").status_code == 401

    def test_link_ends_with_the_address(self, api: Any, person: User) -> None:
        token = token_for(person)
        User.objects.filter(pk=person.pk).update(email="elsewhere@example.org")

        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 400

        assert has_password(person, PASSWORD)

    def test_links_mailed_at_once_end_with_the_first_that_is_used(self, api: Any, person: User) -> None:
        first, second = token_for(person), token_for(person)
        assert api.post(RESET, {"token": second, "password": NEW}).status_code == 204

        assert api.post(RESET, {"token": first, "password": NEW + " again"}).status_code == 400

        assert has_password(person, NEW)

    def test_whoever_found_out_the_password_keeps_nobody_out_by_changing_it_again_and_again(
        self, api: Any, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        """Ten changes in fifteen minutes are allowed: each ended the link that its owner had just been mailed."""
        intruder, present = as_client_of(logged_in(person)), PASSWORD
        api.post(ASK, {"email": person.email})
        drain_outbox()
        token = next(word for word in str(mail.outbox[0].body).split() if "token=" in word).partition("token=")[2]
        for password in (f"kettles in row {number}" for number in range(3)):
            body = {"current_password": present, "password": password}
            assert intruder.post(CHANGE, body).status_code == 204
            present = password

        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 204

        assert has_password(person, NEW)
        assert intruder.get("/api/v1/users/me/").status_code == 401
        assert api.post("/api/v1/auth/login/", {"email": person.email, "password": present}).status_code == 401

    def test_change_beside_a_second_factor_ends_the_links_that_are_out(self, api: Any, person: User) -> None:
        app, token = AuthenticatorAppFactory(user=person), token_for(person)
        asked = api.post("/api/v1/auth/login/", {"email": person.email, "password": PASSWORD}).json()
        shown = {"ticket": asked["ticket"], "code": code_now(app.secret)}
        owner = ApiClient()
        access = api.post("/api/v1/auth/login/second-factor/", shown).json()["access"]
        owner.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        body = {"current_password": PASSWORD, "password": "eight kettles in a row"}
        assert owner.post(CHANGE, body).status_code == 204

        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 400
        assert api.post(RESET, {"token": token_for(person), "password": NEW}).status_code == 204

    def test_link_ends_with_the_hour(self, api: Any, person: User, settings: Any) -> None:
        token = token_for(person)
        settings.PASSWORD_RESET_TIMEOUT = -1
        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 400
        assert has_password(person, PASSWORD)

    @pytest.mark.parametrize(
        "damage", ["", "x", "{other}.{proof}", "{own}.", "{own}.x-{proof}", "\0", "{own}.{proof}x"]
    )
    def test_token_of_another_or_damaged_is_refused(self, api: Any, person: User, damage: str) -> None:
        own, _, proof = token_for(person).partition(".")
        token = damage.format(own=own, proof=proof, other=UserFactory().pk.hex)

        response = api.post(RESET, {"token": token, "password": NEW})

        assert response.status_code == 400
        assert has_password(person, PASSWORD)

    def test_password_that_breaks_a_rule_is_told_and_leaves_the_link(self, api: Any, person: User) -> None:
        token = token_for(person)

        response = api.post(RESET, {"token": token, "password": "password"})

        codes = {error["code"] for error in response.json()["errors"]}
        assert (response.status_code, codes) == (400, {"password_too_short", "password_too_common"})
        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 204

    @pytest.mark.parametrize("password", ["marie.sklodowska", "radium-nobel-1903"])
    def test_password_like_the_name_or_the_handle_is_refused(self, api: Any, password: str) -> None:
        person = UserFactory(display_name="Marie Sklodowska", handle="radium-nobel-1903")

        response = api.post(RESET, {"token": token_for(person), "password": password})

        assert [error["code"] for error in response.json()["errors"]] == ["password_too_similar"]

    def test_whoever_reads_the_mailbox_has_confirmed_the_address(self, api: Any) -> None:
        person = UserFactory(confirmed=False)

        api.post(RESET, {"token": token_for(person), "password": NEW})

        person.refresh_from_db()
        assert person.email_confirmed_at is not None

    def test_closed_account_gets_no_new_password(self, api: Any, person: User) -> None:
        token = token_for(person)
        User.objects.filter(pk=person.pk).update(is_active=False)

        assert api.post(RESET, {"token": token, "password": NEW}).status_code == 400

    def test_browser_gets_a_form_and_then_its_outcome(self, api: Any, person: User) -> None:
        token = token_for(person)
        form = api.get(RESET, {"token": token}, **BROWSER)
        assert f'value="{token}"' in form.content.decode()
        assert form.headers["Referrer-Policy"] == "no-referrer"

        weak = api.post(RESET, f"token={token}&password=short", content_type=FORM, **BROWSER)
        assert weak.status_code == 400
        assert "at least 15 characters" in weak.content.decode()
        assert f'value="{token}"' in weak.content.decode()

        body = f"token={token}&password={NEW.replace(' ', '+')}"
        done = api.post(RESET, body, content_type=FORM, **BROWSER)
        assert "Your password is changed" in done.content.decode()
        assert has_password(person, NEW)

    def test_page_leads_to_the_web_application_when_there_is_nothing_left_to_do(
        self, api: Any, person: User, settings: Any
    ) -> None:
        token, app = token_for(person), "https://app.example.org"
        body = f"token={token}&password={NEW.replace(' ', '+')}"

        settings.WEB_APP_URL = app
        assert app not in api.get(RESET, {"token": token}, **BROWSER).content.decode()
        assert f'href="{app}"' in api.post(RESET, body, content_type=FORM, **BROWSER).content.decode()

        settings.WEB_APP_URL = settings.PUBLIC_URL
        again = api.post(
            RESET, f"token={token_for(person)}&password={NEW}".replace(" ", "+"), content_type=FORM, **BROWSER
        )
        assert "Your password is changed" in again.content.decode()
        assert "Go to SkillBridge" not in again.content.decode()


class TestChanged:
    def test_other_sessions_end_and_this_one_stays(
        self, api: Any, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        elsewhere, here = logged_in(person), logged_in(person)

        response = as_client_of(here).post(CHANGE, {"current_password": PASSWORD, "password": NEW})

        assert response.status_code == 204, response.content
        assert has_password(person, NEW)
        assert as_client_of(here).get("/api/v1/users/me/").status_code == 200
        assert as_client_of(elsewhere).get("/api/v1/users/me/").status_code == 401
        assert RefreshTokenFamily.objects.filter(revoked_at=None).count() == 1
        drain_outbox()
        assert [each.subject for each in mail.outbox] == ["Your password was changed"]

    def test_wrong_present_password_changes_nothing_and_is_remembered(self, person: User) -> None:
        client = as_client_of(logged_in(person))

        response = client.post(CHANGE, {"current_password": "not this one at all", "password": NEW})

        assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "current_password")
        assert has_password(person, PASSWORD)
        entry = AuditEntry.objects.filter(action=AuditAction.LOGIN_FAILED).get()
        assert (entry.user_id, entry.details) == (person.pk, {"reason": "wrong_current_password"})

    def test_new_password_that_breaks_a_rule_changes_nothing(self, person: User) -> None:
        client = as_client_of(logged_in(person))
        logged_in(person)

        response = client.post(CHANGE, {"current_password": PASSWORD, "password": person.email})

        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == "password"
        assert has_password(person, PASSWORD)
        assert RefreshTokenFamily.objects.filter(revoked_at=None).count() == 2

    def test_nobody_changes_nothing(self, api: Any) -> None:
        assert api.post(CHANGE, {"current_password": PASSWORD, "password": NEW}).status_code == 401

    def test_change_is_in_the_trail_with_whose_it_was_and_no_password(self, person: User) -> None:
        as_client_of(logged_in(person)).post(CHANGE, {"current_password": PASSWORD, "password": NEW})

        entry = AuditEntry.objects.changes("users_user").get(user_id=person.pk, action=AuditAction.UPDATED)
        assert (entry.actor_id, entry.after) == (person.pk, {"password": "(hidden)"})
