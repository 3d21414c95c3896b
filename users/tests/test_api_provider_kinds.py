"""OAuth 2 by settings alone, over HTTP on both sides. What all kinds share is in
`test_api_login_providers.py`.
"""

import json
from typing import Any

import pytest

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import SocialLink, User
from users.tests.provider_server import (
    Fault,
    ProviderServer,
    query_of,
)
from users.tests.visits import PROVIDERS, app_code, landed, log_in, start

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN_TOKEN = "/oauth/token"


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


# --- OAuth 2 by settings alone --------------------------------------------------------------------------------------


def test_provider_is_known_by_its_addresses_and_fields(browser: ApiClient, server: ProviderServer) -> None:
    answer = log_in(browser, server, "plain")

    assert answer.status_code == 200, answer.content
    user = answer.json()["user"]
    assert (user["email"], user["handle"], user["display_name"]) == ("nelly@example.org", "nelly", "Nelly Bly")
    link = SocialLink.objects.get()
    assert (link.subject, link.login, link.name) == ("80351110224678912", "nelly", "Nelly Bly")
    asked = query_of(start(browser, "plain"))
    assert (asked["scope"], asked["code_challenge_method"]) == ("identify email", "S256")
    assert server.forms[0]["code_verifier"]


def test_app_logs_in_there_too(browser: ApiClient, server: ProviderServer) -> None:
    assert browser.post(f"{PROVIDERS}plain/code/", app_code(server)).status_code == 200


@pytest.mark.parametrize("told", [False, "false", None, "yes", 0, {"ok": True}])
def test_address_that_it_has_not_verified_opens_nothing(
    browser: ApiClient, server: ProviderServer, told: object
) -> None:
    server.profile["data"]["mail_ok"] = told

    assert refusal(log_in(browser, server, "plain")) == (403, "provider_email_not_verified")
    assert not User.objects.exists()


def test_provider_that_says_nothing_of_its_addresses_opens_nothing_unless_the_operator_vouches(
    browser: ApiClient, server: ProviderServer, settings: Any
) -> None:
    del settings.LOGIN_PROVIDERS["plain"]["email_verified_field"]
    assert refusal(log_in(browser, server, "plain")) == (403, "provider_email_not_verified")
    settings.LOGIN_PROVIDERS["plain"]["emails_are_verified"] = "true"
    assert log_in(browser, server, "plain").status_code == 200


NOBODY: list[Any] = [
    {"shown_as": "Nelly"},
    {"data": {}},
    {"data": None},
    {"data": [1]},
    {"data": {"id": None}},
    {"data": {"id": ""}},
    {"data": {"id": True}},
    {"data": {"id": 1.5}},
    {"data": {"id": 2**70}},
    {"data": {"id": "x" * 256}},
    {"data": {"id": {"id": 1}}},
    [],
    None,
]


def test_user_info_without_an_id_lets_nobody_in(browser: ApiClient, server: ProviderServer) -> None:
    for profile in NOBODY:
        server.profile = profile
        assert landed(browser, server, "plain")["error"] == "provider_away", profile
    assert server.requests.count("/oauth/me") == len(NOBODY)


def test_id_may_be_a_number_or_a_text_and_is_the_same_person(browser: ApiClient, server: ProviderServer) -> None:
    first = log_in(browser, server, "plain").json()
    server.profile["data"]["id"] = str(server.profile["data"]["id"])

    assert log_in(browser, server, "plain").json()["user"] == first["user"]


BROKEN = {
    "huge": Fault(body=b'{"data": {"id": 1}, "x": "' + b"x" * 300_000 + b'"}'),
    "redirect": Fault(status=302, headers={"Location": "/elsewhere"}),
    "not JSON": Fault(body=b"<html>"),
    "500": Fault(status=500, body=b"oops"),
    "forbidden": Fault(status=403, body=b"{}"),
}


@pytest.mark.parametrize("path", [PLAIN_TOKEN, "/oauth/me"])
def test_provider_that_is_broken_is_away(browser: ApiClient, server: ProviderServer, path: str) -> None:
    for name, fault in BROKEN.items():
        server.faults[path] = fault
        assert landed(browser, server, "plain")["error"] == "provider_away", name
    assert server.requests.count(path) == len(BROKEN)
    assert "/elsewhere" not in server.requests


def test_error_that_is_an_object_is_a_refused_code(browser: ApiClient, server: ProviderServer) -> None:
    """As Facebook has it."""
    error = {"error": {"message": "This authorization code has been used.", "type": "OAuthException", "code": 100}}
    server.faults[PLAIN_TOKEN] = Fault(status=400, body=json.dumps(error).encode())

    assert landed(browser, server, "plain")["error"] == "provider_code_refused"


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_client_says_who_it_is_as_the_settings_say(
    browser: ApiClient, server: ProviderServer, settings: Any, way: str
) -> None:
    settings.LOGIN_PROVIDERS["plain"]["client_authentication"] = way

    assert log_in(browser, server, "plain").status_code == 200
    assert bool(server.forms[0]["authorization"]) is (way == "client_secret_basic")


def test_wrong_secret_is_the_operators_fault(browser: ApiClient, server: ProviderServer, settings: Any) -> None:
    settings.LOGIN_PROVIDERS["plain"]["client_secret"] = "old"

    assert landed(browser, server, "plain")["error"] == "provider_away"


def test_provider_that_takes_no_pkce_is_asked_without_and_apps_are_refused(
    browser: ApiClient, server: ProviderServer, settings: Any
) -> None:
    """Whoever catches a code on a telephone could log in with it."""
    settings.LOGIN_PROVIDERS["plain"]["pkce"] = "false"
    server.takes_pkce = False
    assert log_in(browser, server, "plain").status_code == 200
    assert "code_verifier" not in server.forms[0]

    refused = browser.post(f"{PROVIDERS}plain/code/", app_code(server))

    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("code", "not_allowed")]
    assert server.requests.count(PLAIN_TOKEN) == 1


@pytest.fixture
def bitbucket(server: ProviderServer, settings: Any) -> ProviderServer:
    """As Bitbucket has it: the addresses are elsewhere, in a list, in an object."""
    about = settings.LOGIN_PROVIDERS["plain"]
    about |= {"emails_url": f"{server.url}/oauth/emails", "emails_field": "values", "email_field": "email"}
    about |= {"email_primary_field": "is_primary", "email_verified_field": "is_confirmed"}
    server.addresses = {
        "values": [
            {"email": "other@example.org", "is_primary": False, "is_confirmed": True},
            {"email": "Nelly@Example.org", "is_primary": True, "is_confirmed": True},
        ]
    }
    return server


def test_address_is_the_primary_one_of_a_list(browser: ApiClient, bitbucket: ProviderServer) -> None:
    assert log_in(browser, bitbucket, "plain").json()["user"]["email"] == "nelly@example.org"


NO_ADDRESS: list[Any] = [
    {"values": [{"email": "nelly@example.org", "is_primary": True, "is_confirmed": False}]},
    {"values": [{"email": "nelly@example.org", "is_primary": "true", "is_confirmed": True}]},
    {"values": [{"is_primary": True, "is_confirmed": True}]},
    {"values": ["nelly@example.org"]},
    {"values": {}},
    [{"email": "nelly@example.org", "is_primary": True, "is_confirmed": True}],
    {},
]


def test_list_without_a_verified_primary_address_opens_nothing(browser: ApiClient, bitbucket: ProviderServer) -> None:
    for addresses in NO_ADDRESS:
        bitbucket.addresses = addresses
        assert refusal(log_in(browser, bitbucket, "plain")) == (403, "provider_email_not_verified"), addresses


def test_list_that_the_person_withheld_is_no_fault(browser: ApiClient, bitbucket: ProviderServer) -> None:
    for status in (403, 404):
        bitbucket.faults["/oauth/emails"] = Fault(status=status, body=b"{}")
        assert refusal(log_in(browser, bitbucket, "plain")) == (403, "provider_email_not_verified")
    bitbucket.faults["/oauth/emails"] = Fault(status=500, body=b"{}")
    assert landed(browser, bitbucket, "plain")["error"] == "provider_away"
