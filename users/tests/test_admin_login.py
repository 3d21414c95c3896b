"""The admin's door: a password alone opens it for nobody, and looking through somebody's eyes changes nothing."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pyotp
import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from skillbridge_backend.core.beat import TIMETABLE, tick
from skillbridge_backend.core.rate_limits import count_or_refuse, redis_at
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.clients import Client
from users.enums import AuditAction, Role
from users.limits import LOG_IN, SECOND_FACTOR
from users.models import AuditEntry, AuthenticatorApp, RefreshTokenFamily, User
from users.services import ExportService, SecondFactorService, SessionService
from users.services.exports import private_storage
from users.tests.factories import (
    PASSWORD,
    AuthenticatorAppFactory,
    DataExportFactory,
    MentorFactory,
    PasskeyFactory,
    RefreshTokenFamilyFactory,
    UserFactory,
)
from users.tests.logins import CLIENT, as_client_of, code_now, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/admin/login/"


@pytest.fixture
def operator() -> User:
    return UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def browser(settings: LazySettings) -> Browser:
    """A browser in front of the admin process's login."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "users.middleware.AdminActorMiddleware",
        "users.middleware.AdminSessionMiddleware",
        "users.admin_proof.AdminProofMiddleware",
    ]
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain
    return Browser()


def log_in(browser: Browser, person: User, **form: str) -> bool:
    """Whether the form lets this person in."""
    response = browser.post(LOGIN, {"username": person.email, "password": PASSWORD, **form})
    return response.status_code == 302


class TestLogin:
    def test_page_asks_for_a_code(self, browser: Browser) -> None:
        page = browser.get(LOGIN).content.decode()
        assert 'name="code"' in page
        assert 'autocomplete="one-time-code"' in page

    def test_password_and_code_open_it_and_the_code_only_once(self, browser: Browser, operator: User) -> None:
        code = code_now(AuthenticatorAppFactory(user=operator).secret)
        assert log_in(browser, operator, code=code)
        assert browser.get("/admin/").status_code == 200
        assert not log_in(Browser(), operator, code=code)

    @pytest.mark.parametrize("code", ["", "000000", "abcde-fghij"])
    def test_password_without_a_right_code_opens_nothing_and_says_not_what_was_wrong(
        self, browser: Browser, operator: User, code: str
    ) -> None:
        AuthenticatorAppFactory(user=operator)
        right, wrong = (
            browser.post(LOGIN, {"username": operator.email, "password": password, "code": code})
            for password in (PASSWORD, "not this one")
        )
        assert (right.status_code, wrong.status_code) == (200, 200)
        assert errors(right) == errors(wrong)
        assert browser.get("/admin/").status_code == 302
        assert AuditEntry.objects.filter(action=AuditAction.SECOND_FACTOR_FAILED).count() == 1

    @pytest.mark.parametrize("change", ["factor added", "factor removed", "role", "password"])
    def test_session_ends_with_what_it_was_opened_with(self, browser: Browser, operator: User, change: str) -> None:
        app = AuthenticatorAppFactory(user=operator)
        assert log_in(browser, operator, code=code_now(app.secret))
        assert browser.get("/admin/").status_code == 200
        if change == "factor added":
            PasskeyFactory(user=operator)
        elif change == "factor removed":
            app.delete()
        elif change == "role":
            User.objects.filter(pk=operator.pk).update(token_version=2)
        else:
            operator.set_password("seventeen green kettles")
            operator.save(update_fields=["password"])

        assert browser.get("/admin/").status_code == 302

    def test_eleventh_guess_is_not_looked_at_and_the_form_says_when_to_come_back(
        self, browser: Browser, operator: User
    ) -> None:
        AuthenticatorAppFactory(user=operator)
        for _ in range(10):
            browser.post(LOGIN, {"username": operator.email, "password": "not this one", "code": "123456"})
        failed = AuditEntry.objects.filter(action=AuditAction.LOGIN_FAILED).count()
        page = browser.post(LOGIN, {"username": operator.email, "password": PASSWORD, "code": "123456"})
        assert "Try again in" in page.content.decode()
        assert AuditEntry.objects.filter(action=AuditAction.LOGIN_FAILED).count() == failed

    def test_codes_are_guessed_as_seldom_as_over_the_api(self, operator: User, browser: Browser) -> None:
        """Who knows the password has 30 tries in an hour in all, from however many networks."""
        secret = AuthenticatorAppFactory(user=operator).secret
        for number in range(30):
            wrong = {"username": operator.email, "password": PASSWORD, "code": "abcde-fghij"}
            browser.post(LOGIN, wrong, REMOTE_ADDR=f"10.{number}.0.1")
        tried = AuditEntry.objects.filter(action=AuditAction.SECOND_FACTOR_FAILED)
        assert tried.count() == 30

        right = {"username": operator.email, "password": PASSWORD, "code": code_now(secret)}
        page = browser.post(LOGIN, right, REMOTE_ADDR="10.99.0.1")

        assert "Try again in" in page.content.decode()
        assert tried.count() == 30

    def test_many_logins_that_succeed_keep_nobody_behind_the_address_out(
        self, browser: Browser, operator: User, settings: LazySettings
    ) -> None:
        secret = AuthenticatorAppFactory(user=operator).secret
        for limits in (LOG_IN, SECOND_FACTOR):
            for _ in range(limits.address.quota - 1):
                count_or_refuse([limits.address.bucket("127.0.0.1")], client=redis_at(settings.REDIS_URL, 1.0))
        for _ in range(3):
            assert log_in(Browser(), operator, code=code_now(secret))
            AuthenticatorApp.objects.update(last_step=0)

    def test_address_is_taken_in_any_case(self, browser: Browser, operator: User) -> None:
        code = code_now(AuthenticatorAppFactory(user=operator).secret)
        form = {"username": f" {operator.email.upper()} ", "password": PASSWORD, "code": code}
        assert browser.post(LOGIN, form).status_code == 302

    def test_login_that_succeeds_forgives_the_failures_before(self, browser: Browser, operator: User) -> None:
        secret = AuthenticatorAppFactory(user=operator).secret
        for _ in range(9):
            browser.post(LOGIN, {"username": operator.email, "password": "not this one", "code": "123456"})
        assert log_in(browser, operator, code=code_now(secret))
        for _ in range(9):
            answer = Browser().post(LOGIN, {"username": operator.email, "password": "not this one", "code": "123456"})
            assert "Try again in" not in answer.content.decode()

    def test_without_redis_nobody_gets_in(self, browser: Browser, operator: User, settings: LazySettings) -> None:
        secret = AuthenticatorAppFactory(user=operator).secret
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert not log_in(browser, operator, code=code_now(secret))

    def test_admin_without_a_factor_stays_outside(self, browser: Browser, operator: User) -> None:
        assert not log_in(browser, operator, code="123456")

    def test_recovery_code_opens_it_once(self, browser: Browser, operator: User) -> None:
        secret = pyotp.random_base32()
        codes = SecondFactorService().enrol_for(operator, secret=secret, code=code_now(secret))
        assert log_in(browser, operator, code=codes[0])
        assert not log_in(Browser(), operator, code=codes[0])

    def test_new_device_is_told_and_the_first_login_is_no_news(
        self, operator: User, browser: Browser, drain_outbox: Callable[[], list[str]]
    ) -> None:
        """It was told to nobody, and made its device known for the API's logins."""
        secret, firefox, iphone = AuthenticatorAppFactory(user=operator).secret, CLIENT.user_agent, "Mobile Safari"

        def enter(agent: str) -> list[str]:
            AuthenticatorApp.objects.update(last_step=0)
            mail.outbox.clear()
            assert log_in(Browser(HTTP_USER_AGENT=agent), operator, code=code_now(secret))
            drain_outbox()
            return [str(message.subject) for message in mail.outbox]

        assert [enter(firefox), enter(firefox)] == [[], []]
        assert [enter(iphone), enter(iphone)] == [["New login to your account"], []]
        logins = AuditEntry.objects.filter(action=AuditAction.LOGGED_IN).order_by("pk")
        assert [entry.details.get("new_device") for entry in logins] == [None, None, "yes", None]
        operator.refresh_from_db()
        assert operator.last_login

    def test_learner_with_a_factor_is_no_admin(self, browser: Browser) -> None:
        app = AuthenticatorAppFactory()
        assert not log_in(browser, app.user, code=code_now(app.secret))


class TestSession:
    @pytest.fixture
    def inside(self, browser: Browser, operator: User) -> Browser:
        """Logged in with password and code."""
        assert log_in(browser, operator, code=code_now(AuthenticatorAppFactory(user=operator).secret))
        return browser

    def test_it_is_among_the_persons_sessions_and_ends_there(self, inside: Browser, operator: User) -> None:
        session = RefreshTokenFamily.objects.alive().get(user=operator)
        assert inside.get("/admin/").status_code == 200

        SessionService().end(operator, session_id=session.pk, client=Client())

        assert inside.get("/admin/").status_code == 302
        assert "_auth_user_id" not in inside.session

    def test_logging_out_everywhere_ends_it(self, inside: Browser, operator: User) -> None:
        SessionService().end_all(operator, keep=None, client=Client())

        assert inside.get("/admin/").status_code == 302

    def test_logging_out_of_the_admin_ends_it(self, inside: Browser, operator: User) -> None:
        inside.post("/admin/logout/")

        assert not RefreshTokenFamily.objects.alive().filter(user=operator).exists()

    def test_it_ends_after_an_hour_without_a_request(self, inside: Browser) -> None:
        now = timezone.now()
        assert Session.objects.get().expire_date <= now + timedelta(minutes=61)
        Session.objects.update(expire_date=now + timedelta(minutes=1))

        assert inside.get("/admin/").status_code == 200
        assert Session.objects.get().expire_date > now + timedelta(minutes=59)

        Session.objects.update(expire_date=now - timedelta(seconds=1))
        assert inside.get("/admin/").status_code == 302

    def test_it_ends_after_eight_hours_whatever_is_done(self, inside: Browser, operator: User) -> None:
        session = RefreshTokenFamily.objects.get(user=operator)
        assert session.expires_at <= timezone.now() + timedelta(hours=8)

        RefreshTokenFamily.objects.update(
            created_at=timezone.now() - timedelta(hours=8), expires_at=timezone.now() - timedelta(seconds=1)
        )

        assert inside.get("/admin/").status_code == 302

    def test_what_nobody_gets_in_with_is_forgotten_daily_and_the_rest_stays(
        self, inside: Browser, drain_outbox: Callable[[], list[str]]
    ) -> None:
        for minutes in (-90, -1, 1):
            expires = timezone.now() + timedelta(minutes=minutes)
            Session.objects.create(session_key=f"of-minute-{minutes}", session_data="", expire_date=expires)
        drain_outbox()

        tick("users.prune_admin_sessions", timezone.now())

        assert "users.prune_admin_sessions" in TIMETABLE
        assert "users.prune_admin_sessions" in drain_outbox()
        assert set(Session.objects.values_list("pk", flat=True)) == {inside.session.session_key, "of-minute-1"}
        assert inside.get("/admin/").status_code == 200


class TestProof:
    @pytest.fixture
    def person(self) -> User:
        person: User = UserFactory()
        return person

    @pytest.fixture
    def page(self, person: User) -> str:
        return reverse("admin:users_user_change", args=[person.pk])

    @pytest.fixture
    def form(self, person: User) -> dict[str, str]:
        return {"handle": person.handle, "display_name": 'New "name"', "role": "learner", "is_active": "on"}

    @pytest.fixture
    def inside(self, browser: Browser, operator: User) -> Browser:
        """Logged in with password and code, eleven minutes ago."""
        return entered(browser, operator)

    def test_change_after_ten_minutes_takes_a_code_and_loses_nothing(
        self, inside: Browser, operator: User, person: User, page: str, form: dict[str, str]
    ) -> None:
        assert inside.get(page).status_code == 200

        asked = inside.post(page, form)

        assert (asked.status_code, asked.headers["Cache-Control"]) == (403, "no-store")
        assert name_of(person) != form["display_name"]
        text = asked.content.decode()
        assert 'name="proof_code"' in text
        assert 'name="password"' not in text
        assert posted_again(text) == {**form, "proof_code": ""}

        done = inside.post(page, {**posted_again(text), "proof_code": next_code(operator)})
        assert (done.status_code, name_of(person)) == (302, form["display_name"])
        assert AuditEntry.objects.get(action=AuditAction.STEPPED_UP).details["surface"] == "admin"
        # For ten minutes more.
        assert inside.post(page, {**form, "display_name": "Newer"}).status_code == 302
        assert name_of(person) == "Newer"

    def test_change_within_ten_minutes_takes_no_code(
        self, inside: Browser, person: User, page: str, form: dict[str, str]
    ) -> None:
        RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=9))
        assert inside.post(page, form).status_code == 302
        assert name_of(person) == form["display_name"]

    def test_action_is_carried_on_with_all_its_rows(self, inside: Browser, operator: User) -> None:
        rows = [RefreshTokenFamilyFactory() for _ in range(2)]
        action = {"action": "revoke", "_selected_action": [str(row.pk) for row in rows]}
        page = reverse("admin:users_refreshtokenfamily_changelist")

        asked = inside.post(page, action)
        assert asked.content.decode().count('name="_selected_action"') == 2
        inside.post(page, {**action, "proof_code": next_code(operator)})

        assert not RefreshTokenFamily.objects.filter(pk__in=[row.pk for row in rows], revoked_at=None).exists()

    def test_recovery_code_is_a_proof_once(
        self, browser: Browser, operator: User, person: User, page: str, form: dict[str, str]
    ) -> None:
        secret = pyotp.random_base32()
        codes = SecondFactorService().enrol_for(operator, secret=secret, code=code_now(secret))
        assert log_in(browser, operator, code=codes[0])
        for code, status in ((codes[0], 403), (codes[1], 302), (codes[1], 403)):
            RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
            assert browser.post(page, {**form, "proof_code": code}).status_code == status, code

    @pytest.mark.parametrize("code", ["", "000000", "abcde-fghij"])
    def test_wrong_code_changes_nothing_and_keeps_what_was_changed(
        self, inside: Browser, person: User, page: str, form: dict[str, str], code: str
    ) -> None:
        asked = inside.post(page, {**form, "proof_code": code})
        assert asked.status_code == 403
        assert posted_again(asked.content.decode()) == {**form, "proof_code": ""}
        assert name_of(person) != form["display_name"]
        assert AuditEntry.objects.filter(action=AuditAction.SECOND_FACTOR_FAILED).count() == bool(code)

    def test_eleventh_guess_is_not_looked_at(
        self, inside: Browser, operator: User, page: str, form: dict[str, str]
    ) -> None:
        for _ in range(10):
            inside.post(page, {**form, "proof_code": "000000"})
        asked = inside.post(page, {**form, "proof_code": next_code(operator)})
        assert (asked.status_code, "Try again in" in asked.content.decode()) == (403, True)

    def test_without_redis_nothing_is_proven(
        self, inside: Browser, operator: User, page: str, form: dict[str, str], settings: LazySettings
    ) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert inside.post(page, {**form, "proof_code": next_code(operator)}).status_code == 403

    def test_what_another_site_posts_is_not_carried_on(
        self, browser: Browser, operator: User, page: str, form: dict[str, str], settings: LazySettings
    ) -> None:
        inside = entered(browser, operator)
        settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware", *settings.MIDDLEWARE]
        attacked = Browser(enforce_csrf_checks=True)
        attacked.cookies = inside.cookies
        answer = attacked.post(page, form)
        assert answer.status_code == 403
        assert "proof_code" not in answer.content.decode()

    def test_session_that_is_over_leads_to_the_login(self, inside: Browser, page: str, form: dict[str, str]) -> None:
        RefreshTokenFamily.objects.update(revoked_at=timezone.now())
        asked = inside.post(page, form)
        assert (asked.status_code, asked.headers["Location"]) == (302, f"/admin/login/?next={page}")
        assert "Your session is over" in inside.get(asked.headers["Location"]).content.decode()

    def test_logging_out_takes_no_proof(self, inside: Browser) -> None:
        assert inside.post("/admin/logout/").status_code == 200


def entered(browser: Browser, operator: User) -> Browser:
    assert log_in(browser, operator, code=code_now(AuthenticatorAppFactory(user=operator).secret))
    RefreshTokenFamily.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
    return browser


def next_code(operator: User) -> str:
    AuthenticatorApp.objects.update(last_step=0)
    return code_now(AuthenticatorApp.objects.get(user=operator).secret)


def name_of(person: User) -> str:
    return str(User.objects.get(pk=person.pk).display_name)


def posted_again(text: str) -> dict[str, str]:
    """What a browser sends for the form of the page."""
    (form,) = re.findall(r'id="proof-form">.*?</form>', text, re.DOTALL)
    inputs = [dict(re.findall(r'([a-z-]+)="([^"]*)"', each)) for each in re.findall(r"<input[^>]*>", form)]
    fields = {each["name"]: unescape(each.get("value", "")) for each in inputs}
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def errors(page: Any) -> Any:
    return page.context["form"].errors.get("__all__")


class TestEnrolment:
    def enrol(self, monkeypatch: pytest.MonkeyPatch, email: str, *, is_right: bool = True) -> str:
        out = io.StringIO()

        def read_code(_prompt: str) -> str:
            secret = out.getvalue().split("or type ")[1].split()[0]
            return code_now(secret) if is_right else "nothing"

        monkeypatch.setattr("builtins.input", read_code)
        call_command("enrol_second_factor", email, stdout=out)
        return out.getvalue()

    def test_operator_enrols_an_admin_from_the_shell(self, operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
        told = self.enrol(monkeypatch, operator.email)
        assert len([line for line in told.splitlines() if line.startswith("  ")]) == 10
        assert AuthenticatorApp.objects.confirmed().get().user == operator
        with pytest.raises(CommandError, match="has an authenticator app"):
            self.enrol(monkeypatch, operator.email)

    def test_first_admin_is_made_with_the_rights_of_the_admin_process(
        self, monkeypatch: pytest.MonkeyPatch, as_admin_process: None
    ) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        account = {"email": "first@example.org", "handle": "first", "display_name": "First"}
        call_command("createsuperuser", interactive=False, verbosity=0, **account)
        session = RefreshTokenFamilyFactory(user=User.objects.get(handle="first"))

        told = self.enrol(monkeypatch, account["email"])

        assert len([line for line in told.splitlines() if line.startswith("  ")]) == 10
        assert AuthenticatorApp.objects.confirmed().get().user.handle == "first"
        session.refresh_from_db()
        assert session.revoked_at

    def test_wrong_code_and_unknown_address_store_nothing(
        self, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(CommandError, match="clock"):
            self.enrol(monkeypatch, operator.email, is_right=False)
        with pytest.raises(CommandError, match="no active account"):
            self.enrol(monkeypatch, "nobody@example.org")
        assert not AuthenticatorApp.objects.exists()


class TestLooking:
    @pytest.fixture
    def inside(self, browser: Browser, operator: User) -> Browser:
        browser.force_login(operator)
        return browser

    def look(self, browser: Browser, person: User, reason: str = "Ticket 4711: their list is empty") -> Any:
        return browser.post(reverse("admin:users_user_look", args=[person.pk]), {"reason": reason})

    def eyes(self, settings: LazySettings, page: Any) -> ApiClient:
        settings.ROOT_URLCONF = "skillbridge_backend.urls"
        client = ApiClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {page.context['eyes'].access}")
        return client

    def test_account_page_shows_sessions_and_audit(self, inside: Browser) -> None:
        person = MentorFactory().user
        logged_in(person)
        page = inside.get(reverse("admin:users_user_change", args=[person.pk])).content.decode()
        assert "Firefox/140.0" in page
        assert "Logged in" in page

    def test_it_reads_as_the_person_and_changes_nothing(
        self, inside: Browser, operator: User, settings: LazySettings, drain_outbox: Callable[[], list[str]]
    ) -> None:
        person = UserFactory()
        own = as_client_of(logged_in(person))
        client = self.eyes(settings, self.look(inside, person))

        assert client.get("/api/v1/users/me/").json()["email"] == person.email
        for verb, path in (("patch", "users/me/"), ("post", "roadmaps/"), ("delete", "auth/sessions/")):
            refused = getattr(client, verb)(f"/api/v1/{path}", {})
            assert (refused.status_code, refused.json()["code"]) == (403, "read_only_session"), path

        drain_outbox()
        assert [each.subject for each in mail.outbox] == ["Support looked at your account"]
        (told, *_) = own.get("/api/v1/auth/events/").json()["results"]
        assert (told["action"], told["details"]) == ("impersonated", {"reason": "Ticket 4711: their list is empty"})
        entry = AuditEntry.objects.get(action=AuditAction.IMPERSONATED)
        assert (entry.actor_id, entry.details["by"]) == (operator.pk, str(operator.pk))

    def test_person_is_told_of_each_who_looks(self, inside: Browser, drain_outbox: Callable[[], list[str]]) -> None:
        person = UserFactory()
        self.look(inside, person)
        inside.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
        self.look(inside, person)
        drain_outbox()
        assert [each.subject for each in mail.outbox] == ["Support looked at your account"] * 2

    def test_where_the_admin_was_is_in_the_admins_log_and_told_to_nobody(
        self, inside: Browser, operator: User, settings: LazySettings
    ) -> None:
        person, place = UserFactory(), "198.51.100.77"
        inside.defaults["REMOTE_ADDR"] = place
        self.look(inside, person)
        settings.ROOT_URLCONF = "skillbridge_backend.urls"
        export = DataExportFactory(user=person)
        job = ExportService().begin(export_id=export.pk)
        assert job
        ExportService().make(job)
        with private_storage().open(job.file) as file:
            archive = ZipFile(BytesIO(file.read()))

        own = as_client_of(logged_in(person))
        read = [own.get(f"/api/v1/auth/{part}/").content for part in ("events", "sessions")]
        for found in (*read, *(archive.read(f"{name}.json") for name in ("logins", "account_events"))):
            assert place not in found.decode()
        (event,) = json.loads(archive.read("account_events.json"))
        assert (event["action"], event["told"]) == ("impersonated", {"reason": "Ticket 4711: their list is empty"})
        log = AuditEntry.objects.get(table_name="django_admin_log")
        assert (log.user_id, log.actor_id, log.ip_address) == (operator.pk, operator.pk, place)

    def test_person_sees_it_among_their_sessions_and_ends_it(self, inside: Browser, settings: LazySettings) -> None:
        person = UserFactory()
        own = as_client_of(logged_in(person))
        client = self.eyes(settings, self.look(inside, person))
        (session,) = [row for row in own.get("/api/v1/auth/sessions/").json()["results"] if row["is_impersonated"]]

        assert own.delete(f"/api/v1/auth/sessions/{session['id']}/").status_code == 204

        assert client.get("/api/v1/users/me/").status_code == 401

    def test_it_takes_no_copy_of_the_persons_data_along(self, inside: Browser, settings: LazySettings) -> None:
        export = DataExportFactory()
        client = self.eyes(settings, self.look(inside, export.user))
        refused = client.get(f"/api/v1/users/me/export/{export.pk}/file/", {"token": "x"})
        assert (refused.status_code, refused.json()["code"]) == (403, "read_only_session")

    def test_asking_again_goes_on_and_ends_after_half_an_hour(self, inside: Browser, settings: LazySettings) -> None:
        person = UserFactory()
        first = self.eyes(settings, self.look(inside, person))
        settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
        self.look(inside, person)
        assert RefreshTokenFamily.objects.filter(user=person).count() == 1
        settings.ROOT_URLCONF = "skillbridge_backend.urls"
        RefreshTokenFamily.objects.update(created_at=timezone.now() - timedelta(hours=1), expires_at=timezone.now())
        assert first.get("/api/v1/users/me/").status_code == 401

    @pytest.mark.parametrize("change", [{"role": Role.LEARNER, "is_superuser": False}, {"is_active": False}])
    def test_it_ends_when_who_looks_is_no_admin_any_more(
        self, inside: Browser, operator: User, settings: LazySettings, change: dict[str, Any]
    ) -> None:
        client = self.eyes(settings, self.look(inside, UserFactory()))
        assert client.get("/api/v1/users/me/").status_code == 200

        User.objects.filter(pk=operator.pk).update(**change)

        assert client.get("/api/v1/users/me/").status_code == 401

    @pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
    def test_nobody_looks_through_the_eyes_of_those_in_charge(self, inside: Browser, role: Role) -> None:
        assert "eyes" not in self.look(inside, UserFactory(role=role)).context

    def test_it_needs_a_reason_and_an_admin(self, inside: Browser) -> None:
        person = UserFactory()
        assert "eyes" not in self.look(inside, person, reason="because").context
        staff = UserFactory(role=Role.MODERATOR, is_staff=True)
        inside.force_login(staff)
        assert "eyes" not in (self.look(inside, person).context or {})
        assert not RefreshTokenFamily.objects.exclude(impersonated_by=None).exists()
