"""Microsoft for all tenants, and OAuth 2 by settings alone, over HTTP on both sides. What all kinds share is in
`test_api_login_providers.py`.
"""

import json
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jwt

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import SocialLink, User
from users.tests.factories import UserFactory
from users.tests.provider_server import (
    Fault,
    ProviderServer,
    fragment_of,
    new_key,
    query_of,
)
from users.tests.visits import PROVIDERS, app_code, come_back, landed, log_in, start

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN_TOKEN = "/oauth/token"
PRIVATE_ACCOUNTS = "9188040d-6c67-4b5b-b112-36a304b66dad"
OTHER_TENANT = "11111111-2222-3333-4444-555555555555"


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def signed_by_nobody(server: ProviderServer, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": server.keys[0].kid}, claims, new_key())


# --- Microsoft for all tenants --------------------------------------------------------------------------------------


@pytest.fixture
def microsoft(server: ProviderServer) -> ProviderServer:
    """What it says of people: never that an address is theirs."""
    server.claims = {"sub": "AAAA", "email": "jane@example.org", "name": "Jane Doe"}
    server.user_info = {"sub": "AAAA", "email": "jane@example.org"}
    return server


def known(server: ProviderServer, tenant: str) -> SocialLink:
    return SocialLink.objects.create(
        user=UserFactory(), provider="microsoft", subject=f"{tenant}.AAAA", linked_at=timezone.now()
    )


def test_person_of_any_tenant_is_known_by_tenant_and_subject(browser: ApiClient, microsoft: ProviderServer) -> None:
    for tenant in (microsoft.tenant, OTHER_TENANT, PRIVATE_ACCOUNTS):
        link = known(microsoft, tenant)
        microsoft.tenant = tenant
        answer = log_in(browser, microsoft, "microsoft")
        assert answer.status_code == 200, answer.content
        assert answer.json()["user"]["id"] == str(link.user_id)


@pytest.mark.parametrize("told", [{}, {"email_verified": None}, {"xms_edov": True}])
def test_address_that_a_tenant_tells_opens_no_account(
    browser: ApiClient, microsoft: ProviderServer, told: dict[str, Any]
) -> None:
    """An administrator of a tenant of their own writes what they like (nOAuth)."""
    microsoft.claims |= told

    assert refusal(log_in(browser, microsoft, "microsoft")) == (403, "provider_email_not_verified")
    assert not User.objects.exists()


@pytest.mark.parametrize(("told", "opens"), [(True, True), ("1", True), (1, True), (False, False), ("0", False)])
def test_claim_that_the_operator_names_says_whether_an_address_is_verified(
    browser: ApiClient, microsoft: ProviderServer, settings: Any, told: object, opens: bool
) -> None:
    settings.LOGIN_PROVIDERS["microsoft"]["email_verified_field"] = "xms_edov"
    microsoft.claims |= {"xms_edov": told}

    assert (log_in(browser, microsoft, "microsoft").status_code == 200) is opens
    assert "/userinfo" not in microsoft.requests


WRONG_TENANTS: list[dict[str, Any]] = [
    {"tid": OTHER_TENANT},
    {"tid": None},
    {"tid": ""},
    {"tid": "{tenantid}"},
    {"tid": "common"},
    {"tid": "evil.test/72f988bf-86f1-41af-91ab-2d7cd011db47"},
    {"tid": ["72f988bf-86f1-41af-91ab-2d7cd011db47"]},
]


def test_issuer_has_to_be_the_tenant_that_the_token_names(browser: ApiClient, microsoft: ProviderServer) -> None:
    person = dict(microsoft.claims)
    issuers = ["https://evil.test", "{tenantid}/v2.0", f"{OTHER_TENANT}/v2.0", "common/v2.0", f"{microsoft.tenant}/v1"]
    wrong = [*WRONG_TENANTS, *({"iss": f"{microsoft.url}/{each}"} for each in issuers), {"iss": "https://evil.test"}]
    for claims in wrong:
        microsoft.claims = person | claims
        assert landed(browser, microsoft, "microsoft")["error"] == "provider_answer_wrong", claims
    assert microsoft.requests.count("/common/oauth2/v2.0/token") == len(wrong)


def test_tenant_that_both_name_alike_and_is_none_is_refused(browser: ApiClient, microsoft: ProviderServer) -> None:
    """`iss` follows from `tid`: what is no tenant's id is refused although the two agree."""
    for tenant in ("common", "{tenantid}", "contoso.onmicrosoft.com"):
        microsoft.tenant = tenant
        assert landed(browser, microsoft, "microsoft")["error"] == "provider_answer_wrong", tenant


def test_key_of_one_tenant_signs_for_no_other(browser: ApiClient, microsoft: ProviderServer) -> None:
    microsoft.keys_of = OTHER_TENANT
    assert landed(browser, microsoft, "microsoft")["error"] == "provider_answer_wrong"
    microsoft.tenant = OTHER_TENANT
    known(microsoft, OTHER_TENANT)
    assert log_in(browser, microsoft, "microsoft").status_code == 200


def test_token_that_microsoft_did_not_sign_is_refused(browser: ApiClient, microsoft: ProviderServer) -> None:
    microsoft.sign = signed_by_nobody

    assert landed(browser, microsoft, "microsoft")["error"] == "provider_answer_wrong"


def test_organizations_are_not_private_accounts(browser: ApiClient, microsoft: ProviderServer, settings: Any) -> None:
    settings.LOGIN_PROVIDERS["microsoft"]["issuer"] = f"{microsoft.url}/organizations/v2.0"
    known(microsoft, microsoft.tenant)
    assert log_in(browser, microsoft, "microsoft").status_code == 200
    microsoft.tenant = PRIVATE_ACCOUNTS
    assert landed(browser, microsoft, "microsoft")["error"] == "provider_answer_wrong"


def test_discovery_of_one_tenant_is_not_that_of_all(browser: ApiClient, microsoft: ProviderServer) -> None:
    microsoft.metadata = {"issuer": f"{microsoft.url}/{microsoft.tenant}/v2.0"}

    assert refusal(browser.post(f"{PROVIDERS}microsoft/start/", {})) == (503, "provider_away")


def test_template_is_nobodys_issuer_elsewhere(browser: ApiClient, server: ProviderServer) -> None:
    server.metadata = {"issuer": f"{server.url}/{{tenantid}}/v2.0"}

    assert refusal(browser.post(f"{PROVIDERS}corp/start/", {})) == (503, "provider_away")


def test_answer_of_a_tenant_is_not_mixed_up_and_one_of_elsewhere_is(
    browser: ApiClient, microsoft: ProviderServer
) -> None:
    def error(issuer: str) -> str | None:
        parameters = microsoft.consent(start(browser, "microsoft"), iss=issuer)
        return fragment_of(come_back(browser, parameters, "microsoft")["Location"]).get("error")

    assert error(f"{microsoft.url}/{microsoft.tenant}/v2.0") is None
    assert error("https://evil.test/v2.0") == "provider_answer_wrong"


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
