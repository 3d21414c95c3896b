"""Logging in with GitHub and OpenID Connect providers, over HTTP on both sides: who gets in, and who does not."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import AuditAction
from users.login_providers import openid
from users.login_providers.openid import OpenIdProvider
from users.login_providers.provider import Registration, UnusableAnswer
from users.models import AuditEntry, Departure, Profile, ProviderVisit, RefreshTokenFamily, SocialLink, User
from users.tests.factories import PASSWORD, AuthenticatorAppFactory, SocialLinkFactory, UserFactory
from users.tests.logins import code_now
from users.tests.provider_server import CLIENT_ID, Fault, ProviderServer, fragment_of, new_key, query_of, signed
from users.tests.visits import APP, FINISH, PROVIDERS, VERIFIER, app_code, come_back, landed, log_in, start

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], list[str]]
AUTH = "/api/v1/auth/"
GITHUB_TOKEN, OPENID_TOKEN = "/login/oauth/access_token", "/token"


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def failures() -> list[str]:
    return [each.details["reason"] for each in AuditEntry.objects.filter(action=AuditAction.LOGIN_FAILED)]


# --- who gets in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "email", "handle", "name", "subject"),
    [
        ("github", "mona@example.org", "octocat", "Mona Lisa", "583231"),
        ("corp", "jane@example.org", "jane-doe", "Jane Doe", "248289761001"),
    ],
)
def test_unknown_person_gets_an_account_with_the_address_that_the_provider_has_verified(
    browser: ApiClient, server: ProviderServer, provider: str, email: str, handle: str, name: str, subject: str
) -> None:
    answer = log_in(browser, server, provider)

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["is_new"] is True
    assert (body["user"]["email"], body["user"]["handle"], body["user"]["display_name"]) == (email, handle, name)
    assert body["refresh"]
    person = User.objects.with_hidden().get(email=email)
    assert person.email_confirmed_at is not None
    assert not person.has_usable_password()
    assert (person.role, person.is_staff) == ("learner", False)
    assert Profile.objects.filter(user=person).exists()
    link = SocialLink.objects.get(user=person)
    assert (link.provider, link.subject, link.email) == (provider, subject, email)
    assert link.last_used_at is not None
    browser.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
    assert browser.get("/api/v1/users/me/").json()["handle"] == handle
    events = AuditEntry.objects.events().filter(user_id=person.pk).order_by("id")
    assert [each.action for each in events] == ["signed_up", "email_confirmed", "provider_linked", "logged_in"]
    assert {each.details.get("provider") for each in events if each.action != "email_confirmed"} == {provider}
    assert events[3].details["method"] == "social"


def test_new_person_is_told_by_mail(browser: ApiClient, server: ProviderServer, drain_outbox: Drain) -> None:
    log_in(browser, server)
    drain_outbox()

    assert [(each.to, each.subject) for each in mail.outbox] == [(["mona@example.org"], "Welcome to SkillBridge")]


def test_second_login_is_the_same_account_whatever_its_address_and_name_are_there_by_now(
    browser: ApiClient, server: ProviderServer
) -> None:
    first = log_in(browser, server).json()
    SocialLink.objects.update(last_used_at=timezone.now() - timedelta(days=9))
    server.person |= {"login": "octocat2"}
    server.emails = [{"email": "new@example.org", "primary": True, "verified": False}]

    second = log_in(browser, server)

    assert second.status_code == 200, second.content
    assert (second.json()["is_new"], second.json()["user"]) == (False, first["user"])
    link = SocialLink.objects.get()
    assert (link.login, link.email) == ("octocat2", "new@example.org")
    assert link.last_used_at
    assert timezone.now() - link.last_used_at < timedelta(minutes=1)
    assert User.objects.count() == 1


def test_login_that_is_taken_as_a_handle_here_gets_an_end(browser: ApiClient, server: ProviderServer) -> None:
    UserFactory(handle="octocat")

    handle = log_in(browser, server).json()["user"]["handle"]

    assert handle.startswith("octocat-")


def test_provider_that_tells_no_name_gives_none_away(browser: ApiClient, server: ProviderServer) -> None:
    """A handle is public: it is not made of the address."""
    server.claims = {"sub": "1", "email": "secret.name@example.org"}

    user = log_in(browser, server, "corp").json()["user"]

    assert (user["handle"], user["display_name"]) == ("member", "Member")


def test_browser_gets_the_refresh_token_in_its_cookie(browser: ApiClient, server: ProviderServer) -> None:
    answer = log_in(browser, server, refresh_in="cookie")

    assert answer.json()["refresh"] is None
    assert answer.cookies["refresh"]["httponly"]


def test_second_factor_is_still_asked_for(browser: ApiClient, server: ProviderServer) -> None:
    person = UserFactory()
    app = AuthenticatorAppFactory(user=person)
    SocialLinkFactory(user=person, subject="583231")

    first = log_in(browser, server)

    assert refusal(first) == (401, "second_factor_required")
    assert not RefreshTokenFamily.objects.exists()
    ticket = first.json()["ticket"]
    second = browser.post(f"{AUTH}login/second-factor/", {"ticket": ticket, "code": code_now(app.secret)})
    assert second.status_code == 200
    entry = AuditEntry.objects.get(action=AuditAction.LOGGED_IN)
    assert (entry.details["method"], entry.details["factor"]) == ("social", "code")


def test_account_that_is_about_to_be_erased_is_told_so(browser: ApiClient, server: ProviderServer) -> None:
    log_in(browser, server)
    person = User.objects.get()
    now = timezone.now()
    Departure.objects.create(user=person, asked_at=now, due_at=now + timedelta(days=14))

    assert log_in(browser, server).json()["deletion_due_at"] is not None


def test_app_logs_in_with_a_code_that_it_got_itself(browser: ApiClient, server: ProviderServer) -> None:
    answer = browser.post(f"{PROVIDERS}github/code/", app_code(server))

    assert answer.status_code == 200, answer.content
    assert (answer.json()["is_new"], answer.json()["user"]["email"]) == (True, "mona@example.org")


def test_app_may_send_the_nonce_that_it_asked_an_openid_provider_with(
    browser: ApiClient, server: ProviderServer
) -> None:
    def answer(asked: str | None, told: str) -> Any:
        body = app_code(server, **({"nonce": asked} if asked else {}))
        return browser.post(f"{PROVIDERS}corp/code/", body | {"nonce": told})

    assert answer("n-0S6", "n-0S6").status_code == 200
    assert answer(None, "").status_code == 200
    assert refusal(answer("n-0S6", "other")) == (502, "provider_answer_wrong")
    # One that was asked for is not passed over because the app does not tell it.
    assert refusal(answer("n-0S6", "")) == (502, "provider_answer_wrong")


def test_providers_are_listed_for_login_pages(browser: ApiClient, server: ProviderServer) -> None:
    assert browser.get(PROVIDERS).json()["results"] == [
        {"provider": "github", "label": "GitHub"},
        {"provider": "corp", "label": "Corp"},
        {"provider": "apple", "label": "Apple"},
        {"provider": "microsoft", "label": "Microsoft"},
        {"provider": "plain", "label": "Plain"},
    ]


# --- what travels, and what is kept ---------------------------------------------------------------------------------


def test_browser_is_led_to_the_provider_with_state_pkce_and_nonce(browser: ApiClient, server: ProviderServer) -> None:
    asked = query_of(start(browser, "corp"))

    assert start(browser, "corp").startswith(f"{server.url}/authorize?")
    assert asked["redirect_uri"].endswith("/api/v1/auth/providers/corp/callback/")
    assert asked["scope"] == "openid email profile"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert query_of(start(browser, "github"))["scope"] == "user:email"


def test_cookie_of_a_visit_is_for_this_browser_and_no_script(
    browser: ApiClient, server: ProviderServer, settings: Any
) -> None:
    settings.CSRF_COOKIE_SECURE = True
    cookies = browser.post(f"{PROVIDERS}github/start/", {}).cookies

    (cookie,) = cookies.values()
    assert cookie.key.startswith("__Host-provider-")
    assert (cookie["samesite"], cookie["httponly"], cookie["secure"], cookie["path"]) == ("Lax", True, True, "/")


def test_nothing_that_opens_an_account_is_in_a_table(browser: ApiClient, server: ProviderServer) -> None:
    asked = query_of(start(browser))
    (cookie,) = [each.value for each in browser.cookies.values()]
    ticket = fragment_of(come_back(browser, server.consent(start(browser)))["Location"])["ticket"]
    browser.post(FINISH, {"ticket": ticket})

    secrets_of_it = [asked["state"], cookie, ticket, "gho_16C7e42F292c6912E7", server.forms[0]["code_verifier"]]
    kept = str([list(each.objects.values()) for each in (ProviderVisit, SocialLink, OutboxMessage, AuditEntry)])
    assert ProviderVisit.objects.count() == 2
    assert not [each for each in secrets_of_it if each in kept]
    # What the provider said is forgotten when it is used.
    assert ProviderVisit.objects.exclude(finished_at=None).get().identity is None


def test_tokens_are_in_no_address_and_the_way_back_stays_private(browser: ApiClient, server: ProviderServer) -> None:
    response = come_back(browser, server.consent(start(browser, next="/welcome?tour=1")))

    address, _, fragment = response["Location"].partition("#")
    assert address == "https://app.skillbridge.test/welcome?tour=1"
    assert fragment_of(response["Location"]).keys() == {"ticket", "purpose"}
    assert "ey" not in fragment.split("ticket=")[0]
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("no-referrer", "no-store")
    assert not RefreshTokenFamily.objects.exists()


# --- another's login, twice, too late -------------------------------------------------------------------------------


def test_state_comes_back_once(browser: ApiClient, server: ProviderServer) -> None:
    url = start(browser)
    assert come_back(browser, server.consent(url)).status_code == 302

    again = come_back(browser, server.consent(url))

    assert again.status_code == 400
    assert "Begin again" in again.content.decode()
    assert "Location" not in again


def test_state_of_another_browser_is_worth_nothing_and_goes_on_waiting(
    browser: ApiClient, server: ProviderServer
) -> None:
    parameters = server.consent(start(browser))
    stranger = ApiClient(raise_request_exception=False)
    start(stranger)

    refused = come_back(stranger, parameters)

    assert refused.status_code == 400
    assert "Location" not in refused
    assert GITHUB_TOKEN not in server.requests
    assert come_back(browser, parameters).status_code == 302


def test_ticket_of_another_browser_is_worth_nothing_and_logs_nobody_in(
    browser: ApiClient, server: ProviderServer
) -> None:
    """Or somebody could lead another's browser to a page with a ticket of their own (login CSRF)."""
    ticket = landed(browser, server)["ticket"]
    stranger = ApiClient(raise_request_exception=False)
    start(stranger)

    assert refusal(stranger.post(FINISH, {"ticket": ticket})) == (400, "challenge_over")
    assert not User.objects.exists()
    assert browser.post(FINISH, {"ticket": ticket}).status_code == 200


@pytest.mark.parametrize("changes", [{"state": "x" * 43}, {"state": ""}, {"state": "\x00"}])
def test_wrong_state_is_refused(browser: ApiClient, server: ProviderServer, changes: dict[str, str]) -> None:
    refused = come_back(browser, server.consent(start(browser), **changes))

    assert refused.status_code == 400
    assert GITHUB_TOKEN not in server.requests


def test_state_of_one_provider_is_not_taken_at_the_address_of_another(
    browser: ApiClient, server: ProviderServer
) -> None:
    assert come_back(browser, server.consent(start(browser, "github")), "corp").status_code == 400


def test_answer_that_names_another_issuer_is_refused(browser: ApiClient, server: ProviderServer) -> None:
    """Mix-up: one provider's answer for another's visit (RFC 9207)."""
    response = come_back(browser, server.consent(start(browser, "corp"), iss="https://evil.test"), "corp")

    assert fragment_of(response["Location"])["error"] == "provider_answer_wrong"
    assert OPENID_TOKEN not in server.requests
    named = come_back(browser, server.consent(start(browser, "corp"), iss=server.url), "corp")
    assert "ticket" in fragment_of(named["Location"])


def test_visit_ends_after_ten_minutes_and_its_ticket_after_five(browser: ApiClient, server: ProviderServer) -> None:
    url = start(browser)
    left = ProviderVisit.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    ProviderVisit.objects.update(expires_at=timezone.now())
    assert come_back(browser, server.consent(url)).status_code == 400

    ticket = landed(browser, server)["ticket"]
    visit = ProviderVisit.objects.exclude(ticket_hash="").get()
    assert visit.expires_at <= timezone.now() + timedelta(minutes=5)
    ProviderVisit.objects.update(expires_at=timezone.now())
    assert refusal(browser.post(FINISH, {"ticket": ticket})) == (400, "challenge_over")


def test_two_tabs_do_not_disturb_each_other(browser: ApiClient, server: ProviderServer) -> None:
    first, second = start(browser), start(browser)

    tickets = [fragment_of(come_back(browser, server.consent(url))["Location"])["ticket"] for url in (first, second)]

    assert [browser.post(FINISH, {"ticket": ticket}).status_code for ticket in tickets] == [200, 200]


def test_one_of_many_tickets_at_once_gets_in(browser: ApiClient, server: ProviderServer) -> None:
    ticket = landed(browser, server)["ticket"]

    def finish(_: int) -> int:
        tab = ApiClient()
        tab.cookies = browser.cookies
        try:
            return int(tab.post(FINISH, {"ticket": ticket}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(finish, range(4))) == [200, 400, 400, 400]
    assert (User.objects.count(), RefreshTokenFamily.objects.count()) == (1, 1)


def test_two_first_logins_at_once_are_one_account(server: ProviderServer) -> None:
    browsers = [ApiClient() for _ in range(4)]
    tickets = [landed(each, server)["ticket"] for each in browsers]

    def finish(number: int) -> tuple[int, bool]:
        try:
            answer = browsers[number].post(FINISH, {"ticket": tickets[number]})
            return answer.status_code, answer.json()["is_new"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(finish, range(4)))
    assert answers == [(200, False)] * 3 + [(200, True)]
    assert (User.objects.count(), SocialLink.objects.count()) == (1, 1)


# --- whose account it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["github", "corp"])
@pytest.mark.parametrize("confirmed", [True, False])
def test_verified_address_of_an_existing_account_links_nothing(
    browser: ApiClient, server: ProviderServer, provider: str, confirmed: bool
) -> None:
    """Neither does a careless provider open the account, nor is somebody led into one that another has opened."""
    email = {"github": "mona@example.org", "corp": "jane@example.org"}[provider]
    person = UserFactory(email=email, confirmed=confirmed)

    refused = log_in(browser, server, provider)

    assert refusal(refused) == (409, "account_exists")
    assert f"/api/v1/auth/providers/{provider}/start/" in refused.json()["detail"]
    assert not SocialLink.objects.exists()
    assert not RefreshTokenFamily.objects.exists()
    account = User.objects.with_hidden().get(pk=person.pk)
    assert account.check_password(PASSWORD)
    assert (account.email_confirmed_at is not None) is confirmed
    entry = AuditEntry.objects.get(action=AuditAction.LOGIN_FAILED)
    assert (entry.user_id, entry.details["reason"]) == (person.pk, "not_linked")


@pytest.mark.parametrize(
    ("emails", "scope"),
    [
        ([{"email": "mona@example.org", "primary": True, "verified": False}], "user:email"),
        ([{"email": "mona@example.org", "primary": False, "verified": True}], "user:email"),
        ([{"email": "mona@example.org", "primary": True, "verified": "yes"}], "user:email"),
        ([{"email": "no address", "primary": True, "verified": True}], "user:email"),
        ([], "user:email"),
        ({"message": "no"}, "user:email"),
        ([{"email": "mona@example.org", "primary": True, "verified": True}], ""),
    ],
)
def test_address_that_github_has_not_verified_opens_nothing(
    browser: ApiClient, server: ProviderServer, emails: Any, scope: str
) -> None:
    UserFactory(email="mona@example.org")
    server.emails, server.scope = emails, scope

    refused = log_in(browser, server)

    assert refusal(refused) == (403, "provider_email_not_verified")
    assert "GitHub" in refused.json()["detail"]
    assert User.objects.count() == 1
    assert failures() == ["email_not_verified"]


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"email_verified": "no"}, {"email_verified": None}, {"email": None}]
)
def test_address_that_an_openid_provider_has_not_verified_opens_nothing(
    browser: ApiClient, server: ProviderServer, claims: dict[str, Any]
) -> None:
    server.claims |= claims

    assert refusal(log_in(browser, server, "corp")) == (403, "provider_email_not_verified")
    assert not User.objects.exists()


def test_operator_can_vouch_for_the_addresses_of_a_provider_that_says_nothing_of_them(
    browser: ApiClient, server: ProviderServer, settings: Any
) -> None:
    settings.LOGIN_PROVIDERS["corp"]["emails_are_verified"] = "true"
    server.claims |= {"email_verified": None}

    assert log_in(browser, server, "corp").status_code == 200
    # Vouching opens accounts; it links none.
    SocialLink.objects.all().delete()
    assert refusal(log_in(browser, server, "corp")) == (409, "account_exists")


def test_address_that_is_not_in_the_id_token_is_asked_for(browser: ApiClient, server: ProviderServer) -> None:
    server.claims = {"sub": "1", "email_verified": None}
    server.user_info = {"sub": "1", "email": "jane@example.org", "email_verified": "true", "nickname": "jay"}

    answer = log_in(browser, server, "corp")

    assert answer.status_code == 200, answer.content
    assert (answer.json()["user"]["email"], answer.json()["user"]["handle"]) == ("jane@example.org", "jay")


def test_word_about_an_address_that_is_not_named_verifies_none(browser: ApiClient, server: ProviderServer) -> None:
    server.claims = {"sub": "1", "email": "jane@example.org", "email_verified": None}
    # As the server signs it, the claim is there and says nothing.
    server.sign = lambda running, claims: signed(running, {k: v for k, v in claims.items() if k != "email_verified"})
    server.user_info = {"sub": "1", "email_verified": True}

    assert refusal(log_in(browser, server, "corp")) == (403, "provider_email_not_verified")


def test_address_of_somebody_else_is_not_taken(browser: ApiClient, server: ProviderServer) -> None:
    server.claims = {"sub": "1", "email_verified": True}
    server.user_info = {"sub": "2", "email": "jane@example.org", "email_verified": True}

    assert landed(browser, server, "corp")["error"] == "provider_answer_wrong"


def test_closed_account_stays_closed(browser: ApiClient, server: ProviderServer) -> None:
    person = UserFactory(is_active=False)
    SocialLinkFactory(user=person, subject="583231")

    assert refusal(log_in(browser, server)) == (401, "provider_login_refused")
    assert failures() == ["closed_account"]
    assert AuditEntry.objects.get(action=AuditAction.LOGIN_FAILED).user_id == person.pk
    assert not RefreshTokenFamily.objects.exists()


def test_same_subject_at_another_provider_is_somebody_else(browser: ApiClient, server: ProviderServer) -> None:
    person = UserFactory()
    SocialLinkFactory(user=person, provider="corp", subject="583231")

    assert log_in(browser, server).json()["user"]["id"] != str(person.pk)


def test_name_of_the_provider_is_one_line_and_short(browser: ApiClient, server: ProviderServer) -> None:
    server.person |= {"name": "Mona\r\nBcc: x\u202e" + "a" * 200, "login": "x" * 100}

    user = log_in(browser, server).json()["user"]

    assert user["display_name"].startswith("MonaBcc: xaaa")
    assert len(user["display_name"]) == 80
    assert len(user["handle"]) <= 40


# --- what providers do when things go wrong -------------------------------------------------------------------------


def test_person_who_says_no_comes_back_with_that(browser: ApiClient, server: ProviderServer) -> None:
    state = query_of(start(browser))["state"]

    response = come_back(browser, {"error": "access_denied", "error_description": "<b>no", "state": state})

    told = fragment_of(response["Location"])
    assert told["error"] == "provider_denied"
    assert "<b>" not in told["error_description"]
    assert GITHUB_TOKEN not in server.requests


@pytest.mark.parametrize("provider", ["github", "corp"])
def test_code_that_the_provider_does_not_know_is_refused(
    browser: ApiClient, server: ProviderServer, provider: str
) -> None:
    """GitHub says so with status 200, others with 400."""
    parameters = server.consent(start(browser, provider), code="forged")

    response = come_back(browser, parameters, provider)

    assert fragment_of(response["Location"])["error"] == "provider_code_refused"
    assert refusal(browser.post(f"{PROVIDERS}{provider}/code/", app_code(server) | {"code": "forged"})) == (
        400,
        "provider_code_refused",
    )


@pytest.mark.parametrize("change", ["code_verifier", "redirect_uri"])
def test_stolen_code_is_worth_nothing_without_its_verifier_and_address(
    browser: ApiClient, server: ProviderServer, settings: Any, change: str
) -> None:
    settings.LOGIN_APP_REDIRECTS = [APP, "org.example.other:/login"]
    stolen = app_code(server) | {
        change: {"code_verifier": "x" * 43, "redirect_uri": "org.example.other:/login"}[change]
    }

    assert refusal(browser.post(f"{PROVIDERS}github/code/", stolen)) == (400, "provider_code_refused")
    assert not User.objects.exists()


def test_code_of_a_browser_is_not_taken_from_an_app(browser: ApiClient, server: ProviderServer) -> None:
    """Its verifier is known to us alone, and its address is not an app's."""
    code = server.consent(start(browser))["code"]

    body = {"code": code, "code_verifier": VERIFIER, "redirect_uri": APP}
    assert refusal(browser.post(f"{PROVIDERS}github/code/", body)) == (400, "provider_code_refused")


BROKEN = {
    "500": Fault(status=500, body=b"oops"),
    "404": Fault(status=404, body=b"{}"),
    "not JSON": Fault(body=b"<html>"),
    "not an object": Fault(body=b"[1]"),
    "a number": Fault(body=b"7"),
    "nothing": Fault(body=b" "),
    "bad bytes": Fault(body=b'{"id": "\xff"}'),
    "redirect": Fault(status=302, headers={"Location": "/elsewhere"}),
    "huge": Fault(body=b'{"id": 1, "x": "' + b"x" * 300_000 + b'"}'),
    "compressed": Fault(body=b'{"id": 1}', headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("github", GITHUB_TOKEN),
        ("github", "/api/v3/user"),
        ("corp", OPENID_TOKEN),
        ("corp", "/userinfo"),
        ("corp", "/.well-known/openid-configuration"),
    ],
)
def test_provider_that_is_broken_is_away(browser: ApiClient, server: ProviderServer, provider: str, path: str) -> None:
    server.claims = {"sub": "1", "email_verified": None}
    server.user_info = {"sub": "1"}

    for name, fault in BROKEN.items():
        openid._kept.clear()
        server.faults[path] = fault
        answer = browser.post(f"{PROVIDERS}{provider}/code/", app_code(server))
        assert refusal(answer) == (503, "provider_away"), name
        assert answer["Retry-After"] == "30"
    assert server.requests.count(path) == len(BROKEN)
    assert "/elsewhere" not in server.requests
    assert not User.objects.exists()


def test_broken_provider_leads_a_browser_back_to_its_page(browser: ApiClient, server: ProviderServer) -> None:
    server.faults[GITHUB_TOKEN] = Fault(status=500, body=b"oops")

    assert landed(browser, server)["error"] == "provider_away"


def test_broken_keys_are_away(browser: ApiClient, server: ProviderServer) -> None:
    server.faults["/jwks"] = Fault(status=500, body=b"oops")

    assert landed(browser, server, "corp")["error"] == "provider_away"


@pytest.mark.parametrize(
    "fault", [Fault(pause_seconds=3), Fault(body=b'{"id": 1}' + b" " * 90, drip_seconds=0.05)], ids=["silent", "drip"]
)
def test_slow_provider_is_left_alone_in_time(
    browser: ApiClient, server: ProviderServer, settings: Any, fault: Fault
) -> None:
    settings.LOGIN_PROVIDER_TIMEOUT_SECONDS = 0.5
    server.faults["/api/v3/user"] = fault
    began = time.monotonic()

    answer = browser.post(f"{PROVIDERS}github/code/", app_code(server))

    assert refusal(answer) == (503, "provider_away")
    assert time.monotonic() - began < 2


def test_provider_that_is_not_there_is_away(browser: ApiClient, server: ProviderServer, settings: Any) -> None:
    settings.LOGIN_PROVIDERS["corp"]["issuer"] = "http://127.0.0.1:9"

    assert refusal(browser.post(f"{PROVIDERS}corp/start/", {})) == (503, "provider_away")
    assert not ProviderVisit.objects.exists()


@pytest.mark.parametrize("provider", ["github", "corp"])
def test_wrong_client_secret_is_the_operators_fault_and_not_the_persons(
    browser: ApiClient, server: ProviderServer, settings: Any, provider: str
) -> None:
    settings.LOGIN_PROVIDERS[provider]["client_secret"] = "old"

    assert refusal(browser.post(f"{PROVIDERS}{provider}/code/", app_code(server))) == (503, "provider_away")


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_issuer_with_tls_names_no_endpoint_without(endpoint: str) -> None:
    issuer = "https://login.example.org"
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    registration = Registration(name="corp", label="Corp", client_id="id", client_secret="hidden-word")
    provider = OpenIdProvider(registration, issuer=issuer)
    document = {"issuer": issuer, **{name: f"{issuer}/{name}" for name in names}}
    assert provider._own(document) == document
    with pytest.raises(UnusableAnswer, match=endpoint):
        provider._own(document | {endpoint: "http://login.example.org/x"})


@pytest.mark.parametrize("person", [{"id": None}, {"id": True}, {"id": "x" * 256}, {"id": "a\x00b"}, {"id": {}}])
def test_answer_that_means_nobody_lets_nobody_in(
    browser: ApiClient, server: ProviderServer, person: dict[str, Any]
) -> None:
    server.person |= person

    assert landed(browser, server)["error"] == "provider_away"


# --- ID tokens ------------------------------------------------------------------------------------------------------


def encoded(*parts: Any) -> str:
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)


def unsigned(server: ProviderServer, claims: dict[str, Any]) -> str:
    return encoded({"alg": "none", "kid": server.keys[0].kid}, claims) + "."


def signed_with_public_key(server: ProviderServer, claims: dict[str, Any]) -> str:
    """HMAC with what everybody can read: a check that lets the token choose the algorithm takes it."""
    text = encoded({"alg": "HS256", "kid": server.keys[0].kid}, claims)
    signature = hmac.digest(server.keys[0].as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_by_nobody(server: ProviderServer, claims: dict[str, Any]) -> str:
    stranger = new_key()
    return jwt.encode({"alg": "RS256", "kid": server.keys[0].kid}, claims, stranger)


def signed_with_key_of_its_own(server: ProviderServer, claims: dict[str, Any]) -> str:
    stranger = new_key()
    return jwt.encode({"alg": "RS256", "kid": stranger.kid, "jwk": stranger.as_dict(private=False)}, claims, stranger)


UNSOUND: list[Callable[[ProviderServer, dict[str, Any]], Any]] = [
    unsigned,
    signed_with_public_key,
    signed_by_nobody,
    signed_with_key_of_its_own,
    lambda server, claims: "nonsense",
    lambda server, claims: "a.b.c",
    lambda server, claims: {"not": "text"},
    lambda server, claims: None,
    lambda server, claims: signed(server, {key: value for key, value in claims.items() if key != "nonce"}),
    lambda server, claims: signed(server, {key: value for key, value in claims.items() if key != "exp"}),
    lambda server, claims: signed(server, {key: value for key, value in claims.items() if key != "aud"}),
    lambda server, claims: signed(server, claims)[:-4] + "AAAA",
]


def test_id_token_that_is_not_soundly_signed_is_refused(browser: ApiClient, server: ProviderServer) -> None:
    for number, sign in enumerate(UNSOUND):
        server.sign = sign
        assert landed(browser, server, "corp")["error"] == "provider_answer_wrong", number
    assert server.requests.count(OPENID_TOKEN) == len(UNSOUND)
    assert not User.objects.exists()


NOT_FOR_US: list[dict[str, Any]] = [
    {"nonce": "of another login"},
    {"aud": "another client"},
    {"aud": ["another client"], "azp": CLIENT_ID},
    {"aud": [CLIENT_ID, "another client"]},
    {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
    {"iss": "https://evil.test"},
    {"iss": None},
    {"exp": 1_700_000_000},
    {"exp": "soon"},
    {"nbf": 4_000_000_000},
    {"iat": 4_000_000_000},
    {"at_hash": "of another token"},
    {"sub": None},
]


def test_id_token_that_is_not_for_this_login_is_refused(browser: ApiClient, server: ProviderServer) -> None:
    person = dict(server.claims)
    for claims in NOT_FOR_US:
        server.claims = person | claims
        assert landed(browser, server, "corp")["error"] == "provider_answer_wrong", claims
    assert server.requests.count(OPENID_TOKEN) == len(NOT_FOR_US)
    assert not User.objects.exists()


def test_id_token_for_several_of_whom_we_are_the_one_that_asked_is_taken(
    browser: ApiClient, server: ProviderServer
) -> None:
    server.claims |= {"aud": [CLIENT_ID, "another client"], "azp": CLIENT_ID}

    assert log_in(browser, server, "corp").status_code == 200


def test_new_key_of_the_provider_is_fetched_when_it_is_seen(browser: ApiClient, server: ProviderServer) -> None:
    assert log_in(browser, server, "corp").status_code == 200
    assert log_in(browser, server, "corp").status_code == 200
    # Discovery and keys are kept.
    assert (server.requests.count("/jwks"), server.requests.count("/.well-known/openid-configuration")) == (1, 1)
    server.keys = [ECKey.generate_key("P-256", parameters={"kid": "new"}), *server.keys]

    assert log_in(browser, server, "corp").status_code == 200
    assert server.requests.count("/jwks") == 2


def test_discovery_that_was_bad_once_is_asked_for_again(browser: ApiClient, server: ProviderServer) -> None:
    server.metadata = {"issuer": "https://evil.test"}
    assert refusal(browser.post(f"{PROVIDERS}corp/start/", {})) == (503, "provider_away")
    server.metadata = {}

    assert log_in(browser, server, "corp").status_code == 200


def test_key_that_cannot_be_read_leaves_the_others(browser: ApiClient, server: ProviderServer) -> None:
    good = server.keys[0].as_dict(private=False)
    bad = [{"kty": "RSA", "kid": "x"}, {"kty": "AKP", "kid": "y", "alg": "ML-DSA-65"}, "z"]
    server.faults["/jwks"] = Fault(body=json.dumps({"keys": [*bad, good]}).encode())

    assert log_in(browser, server, "corp").status_code == 200


NOT_ITS_OWN: list[dict[str, Any]] = [
    {"issuer": "https://evil.test"},
    {"issuer": None},
    {"authorization_endpoint": None},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"jwks_uri": "file:///etc/passwd"},
    {"token_endpoint": 7},
]


def test_discovery_that_is_not_the_issuers_own_is_refused(browser: ApiClient, server: ProviderServer) -> None:
    for metadata in NOT_ITS_OWN:
        openid._kept.clear()
        server.metadata = metadata
        assert refusal(browser.post(f"{PROVIDERS}corp/start/", {})) == (503, "provider_away"), metadata
    assert not ProviderVisit.objects.exists()


@pytest.mark.parametrize(
    ("methods", "in_header"), [(None, True), (["client_secret_basic"], True), (["client_secret_post"], False)]
)
def test_client_says_who_it_is_where_the_provider_wants_it(
    browser: ApiClient, server: ProviderServer, methods: list[str] | None, in_header: bool
) -> None:
    server.metadata = {"token_endpoint_auth_methods_supported": methods} if methods else {}

    assert log_in(browser, server, "corp").status_code == 200
    assert bool(server.forms[0]["authorization"]) is in_header


# --- where browsers are led -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("/", "https://app.skillbridge.test/"),
        ("/a/b?c=d", "https://app.skillbridge.test/a/b?c=d"),
        ("https://other.skillbridge.test:8443/x", "https://other.skillbridge.test:8443/x"),
    ],
)
def test_pages_of_ours_are_led_to(browser: ApiClient, server: ProviderServer, wanted: str, address: str) -> None:
    response = come_back(browser, server.consent(start(browser, next=wanted)))

    assert response["Location"].partition("#")[0] == address


ELSEWHERE = [
    "https://evil.test/",
    "//evil.test/",
    "/\\evil.test/",
    "\\\\evil.test",
    "https:/evil.test",
    "https:evil.test",
    "http://app.skillbridge.test/",
    "https://app.skillbridge.test.evil.test/",
    "https://app.skillbridge.test:444/",
    "https://other.skillbridge.test/",
    "https://app.skillbridge.test@evil.test/",
    "https://evil.test\\@app.skillbridge.test/",
    "https://app.skillbridge.test\\.evil.test/",
    "https://[app.skillbridge.test/",
    "javascript:alert(1)",
    "data:text/html,x",
    "welcome",
    "@evil.test",
    ".evil.test",
    "/x#ticket=mine",
    "/\t/evil.test",
    "/a\r\nSet-Cookie: x=y",
    "/" + "a" * 490,
]


def test_start_takes_texts_and_nothing_that_only_looks_like_one(browser: ApiClient, server: ProviderServer) -> None:
    refused = browser.post(f"{PROVIDERS}github/start/", {"next": 5})

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "invalid_type")


def test_no_other_page_is_led_to(browser: ApiClient, server: ProviderServer) -> None:
    for wanted in ELSEWHERE:
        refused = browser.post(f"{PROVIDERS}github/start/", {"next": wanted})
        assert refusal(refused) == (400, "validation_failed"), wanted
        assert [each["field"] for each in refused.json()["errors"]] == ["next"]
    assert not ProviderVisit.objects.exists()


@pytest.mark.parametrize("address", ["org.example.evil:/login", "org.example.app:/login/x", "https://evil.test/"])
def test_app_comes_from_an_address_that_is_listed(browser: ApiClient, server: ProviderServer, address: str) -> None:
    refused = browser.post(f"{PROVIDERS}github/code/", app_code(server) | {"redirect_uri": address})

    assert refusal(refused) == (400, "validation_failed")
    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("redirect_uri", "not_allowed")]
    assert server.requests == []


@pytest.mark.parametrize("verifier", ["", "short", "x" * 129, "x" * 42 + " "])
def test_app_without_pkce_is_refused(browser: ApiClient, server: ProviderServer, verifier: str) -> None:
    refused = browser.post(f"{PROVIDERS}github/code/", app_code(server) | {"code_verifier": verifier})

    assert [each["field"] for each in refused.json()["errors"]] == ["code_verifier"]


@pytest.mark.parametrize("path", ["start/", "code/"])
def test_provider_that_is_not_set_is_not_there(browser: ApiClient, server: ProviderServer, path: str) -> None:
    assert refusal(browser.post(f"{PROVIDERS}myspace/{path}", app_code(server))) == (404, "not_found")


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["github/start/", "github/code/", "finish/"])
def test_tries_from_one_address_are_limited(browser: ApiClient, server: ProviderServer, path: str) -> None:
    answers = [browser.post(f"{PROVIDERS}{path}", {"ticket": "nonsense"}).status_code for _ in range(61)]

    assert 429 not in answers[:60]
    assert answers[60] == 429


def test_returns_from_one_address_are_limited(browser: ApiClient, server: ProviderServer) -> None:
    answers = [come_back(browser, {"state": "x", "code": "y"}).status_code for _ in range(61)]

    assert answers == [400] * 60 + [429]
