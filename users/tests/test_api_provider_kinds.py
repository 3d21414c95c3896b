"""Apple, Microsoft for all tenants, and OAuth 2 by settings alone, over HTTP on both sides. What all kinds share is in
`test_api_login_providers.py`.
"""

import json
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from skillbridge_backend.core.tests.fixtures import ApiClient
from users.models import AuditEntry, ProviderVisit, SocialLink, User
from users.tests.factories import UserFactory
from users.tests.provider_server import (
    Fault,
    ProviderServer,
    fragment_of,
    new_key,
    query_of,
    signed,
)
from users.tests.visits import FINISH, PROVIDERS, app_code, come_back, landed, log_in, post_back, sent_on, start

pytestmark = pytest.mark.django_db(transaction=True)
APPLE_TOKEN, PLAIN_TOKEN = "/apple/auth/token", "/oauth/token"
PRIVATE_ACCOUNTS = "9188040d-6c67-4b5b-b112-36a304b66dad"
OTHER_TENANT = "11111111-2222-3333-4444-555555555555"
CLAIMS = {"sub": "001.abc", "email": "jane@privaterelay.appleid.com"}


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def signed_by_nobody(server: ProviderServer, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": server.keys[0].kid}, claims, new_key())


# --- Apple ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def apple(server: ProviderServer) -> ProviderServer:
    """Whom nobody knows, with an address that Apple made for us."""
    server.claims = dict(CLAIMS)
    return server


def test_apple_opens_an_account_with_the_name_that_it_posts_once(browser: ApiClient, apple: ProviderServer) -> None:
    first = log_in(browser, apple, "apple").json()
    apple.apple_user = {}
    second = log_in(browser, apple, "apple").json()

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert first["user"] == second["user"]
    assert (first["user"]["email"], first["user"]["display_name"]) == (CLAIMS["email"], "Jane Appleseed")
    link = SocialLink.objects.get()
    assert (link.subject, link.name) == (CLAIMS["sub"], "Jane Appleseed")


def test_apple_is_asked_for_a_posted_answer(browser: ApiClient, apple: ProviderServer) -> None:
    asked = query_of(start(browser, "apple"))

    assert (asked["response_mode"], asked["scope"]) == ("form_post", "openid email name")
    assert "response_mode" not in query_of(start(browser, "corp"))


@pytest.mark.parametrize("told", ["false", False, None, "no"])
def test_address_that_apple_has_not_verified_opens_nothing(
    browser: ApiClient, apple: ProviderServer, told: object
) -> None:
    apple.claims |= {"email_verified": told}

    assert refusal(log_in(browser, apple, "apple")) == (403, "provider_email_not_verified")
    assert not User.objects.exists()


def test_apple_links_an_account_and_no_address_does(browser: ApiClient, apple: ProviderServer) -> None:
    UserFactory(email=CLAIMS["email"])

    assert refusal(log_in(browser, apple, "apple")) == (409, "account_exists")


def test_secret_is_made_anew_for_each_login_and_short_lived(browser: ApiClient, apple: ProviderServer) -> None:
    """The server itself refuses one of another team, for another client, past its end or longer than Apple allows."""
    for _ in range(2):
        assert log_in(browser, apple, "apple").status_code == 200

    secrets = [form["client_secret"] for form in apple.forms]
    claims = [jwt.decode(secret, apple.team_key, algorithms=["ES256"]).claims for secret in secrets]
    assert secrets[0] != secrets[1]
    assert [each["exp"] - each["iat"] for each in claims] == [300, 300]


def test_secret_that_has_run_out_is_refused_by_apple_and_ours_has_not(
    browser: ApiClient, apple: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process runs for longer than a secret is good for: the next login has a new one."""
    assert log_in(browser, apple, "apple").status_code == 200
    old = apple.forms[0]["client_secret"]
    expired = jwt.decode(old, apple.team_key, algorithms=["ES256"]).claims["exp"]
    monkeypatch.setattr("users.tests.provider_server.time.time", lambda: float(expired + 1))

    assert log_in(browser, apple, "apple").status_code == 200
    assert apple.forms[1]["client_secret"] != old


@pytest.mark.parametrize("wrong", ["team_id", "key_id", "private_key", "client_id"])
def test_secret_of_another_team_is_the_operators_fault(
    browser: ApiClient, apple: ProviderServer, settings: Any, wrong: str
) -> None:
    parameters = apple.consent(start(browser, "apple"))
    other = ECKey.generate_key("P-256").as_pem(private=True).decode() if wrong == "private_key" else "OTHER"
    settings.LOGIN_PROVIDERS["apple"] |= {wrong: other}

    response = sent_on(browser, post_back(parameters))

    assert fragment_of(response["Location"])["error"] == "provider_away"
    assert APPLE_TOKEN in apple.requests
    assert not User.objects.exists()


def test_id_token_that_apple_did_not_sign_for_us_is_refused(browser: ApiClient, apple: ProviderServer) -> None:
    apple.sign = signed_by_nobody
    assert landed(browser, apple, "apple")["error"] == "provider_answer_wrong"
    apple.sign = signed
    for wrong in ({"iss": apple.url}, {"aud": "another.app"}, {"nonce": "of another login"}, {"sub": ""}):
        apple.claims = {**CLAIMS, **wrong}
        assert landed(browser, apple, "apple")["error"] in {"provider_answer_wrong", "provider_away"}, wrong
    assert apple.requests.count(APPLE_TOKEN) == 5
    assert not User.objects.exists()


def test_person_who_cancels_at_apple_comes_back_with_that(browser: ApiClient, apple: ProviderServer) -> None:
    state = query_of(start(browser, "apple"))["state"]

    response = sent_on(browser, post_back({"state": state, "error": "user_cancelled_authorize"}))

    assert fragment_of(response["Location"])["error"] == "provider_denied"


# --- the answer that is posted --------------------------------------------------------------------------------------


def test_posted_answer_is_sent_on_and_does_nothing_by_itself(browser: ApiClient, apple: ProviderServer) -> None:
    """That is why it needs no CSRF token: a page of any other site can post here, and nothing comes of it."""
    parameters = apple.consent(start(browser, "apple"))
    before = list(ProviderVisit.objects.values())
    asked = list(apple.requests)

    response = post_back(parameters)

    assert response.status_code == 303
    address = response["Location"]
    assert address.startswith(f"{PROVIDERS}apple/callback/?")
    assert query_of(address).items() >= {"state": parameters["state"], "code": parameters["code"]}.items()
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("no-referrer", "no-store")
    assert not response.cookies
    assert list(ProviderVisit.objects.values()) == before
    assert apple.requests == asked
    assert not AuditEntry.objects.exists()


def test_posted_answer_counts_only_in_the_browser_that_began(browser: ApiClient, apple: ProviderServer) -> None:
    """Somebody lets another's browser post the answer to a login of their own (login CSRF)."""
    parameters = apple.consent(start(browser, "apple"))
    stranger = ApiClient(raise_request_exception=False)
    start(stranger, "apple")

    refused = sent_on(stranger, post_back(parameters))

    assert refused.status_code == 400
    assert "Location" not in refused
    assert APPLE_TOKEN not in apple.requests
    assert "ticket" in fragment_of(sent_on(browser, post_back(parameters))["Location"])
    assert sent_on(browser, post_back(parameters)).status_code == 400


def test_cookie_of_a_visit_to_apple_stays_lax(browser: ApiClient, apple: ProviderServer) -> None:
    (cookie,) = browser.post(f"{PROVIDERS}apple/start/", {}).cookies.values()

    assert (cookie["samesite"], cookie["httponly"]) == ("Lax", True)


def test_name_is_not_readable_in_the_address_and_of_this_login_alone(browser: ApiClient, apple: ProviderServer) -> None:
    parameters = apple.consent(start(browser, "apple"))
    sealed = query_of(post_back(parameters)["Location"])["name"]
    other = query_of(post_back({**parameters, "state": "x" * 43})["Location"])["name"]
    assert "Jane" not in sealed
    assert "Appleseed" not in sealed

    for forged in ("Mallory", other, "ü"):
        apple.claims |= {"sub": forged, "email": f"{len(forged)}@example.org"}
        asked = apple.consent(start(browser, "apple"))
        back = come_back(browser, {"state": asked["state"], "code": asked["code"], "name": forged}, "apple")
        user = browser.post(FINISH, {"ticket": fragment_of(back["Location"])["ticket"]}).json()["user"]
        assert user["display_name"] == "Member"


USERS = [
    ('{"name": {"firstName": "Jane", "lastName": "Appleseed"}}', "Jane Appleseed"),
    ('{"name": {"firstName": "Jane"}}', "Jane"),
    ('{"name": {"firstName": "Ja\\nne\\u202e", "lastName": 7}}', "Jane"),
    (json.dumps({"name": {"firstName": "J" * 200, "lastName": "A"}}), "J" * 80),
    ('{"name": "Jane"}', "Member"),
    ('{"name": null}', "Member"),
    ('{"email": "jane@example.org"}', "Member"),
    ("[]", "Member"),
    ("Jane", "Member"),
    ("{", "Member"),
]


@pytest.mark.parametrize(("user", "name"), USERS)
def test_name_is_taken_from_what_apple_posts_and_from_nothing_else(
    browser: ApiClient, apple: ProviderServer, user: str, name: str
) -> None:
    parameters = apple.consent(start(browser, "apple"), user=user)

    ticket = fragment_of(sent_on(browser, post_back(parameters))["Location"])["ticket"]

    answer = browser.post(FINISH, {"ticket": ticket}).json()
    # Of `user` the name alone: its address is nobody's word.
    assert (answer["user"]["display_name"], answer["user"]["email"]) == (name, CLAIMS["email"])


@pytest.mark.parametrize(
    "changes", [{"state": ""}, {"state": "x" * 201}, {"code": "x" * 2001}, {"user": "x" * 2001}, {"state": "\x00"}]
)
def test_posted_answer_that_cannot_be_one_is_refused(
    browser: ApiClient, apple: ProviderServer, changes: dict[str, str]
) -> None:
    refused = post_back(apple.consent(start(browser, "apple"), **changes))

    assert refusal(refused) == (400, "validation_failed")
    assert "Location" not in refused


@pytest.mark.parametrize("provider", ["github", "corp", "microsoft", "plain", "myspace"])
def test_answer_of_a_provider_that_posts_none_is_not_taken(
    browser: ApiClient, server: ProviderServer, provider: str
) -> None:
    assert post_back({"state": "x" * 43, "code": "y"}, provider).status_code == 404


def test_posted_answer_is_a_form(server: ProviderServer) -> None:
    body = {"state": "x" * 43, "code": "y"}
    assert ApiClient().post(f"{PROVIDERS}apple/callback/", body, format="json").status_code == 415


def test_posted_answers_from_one_address_are_limited(server: ProviderServer) -> None:
    answers = [post_back({"state": "x", "code": "y"}).status_code for _ in range(61)]

    assert answers == [303] * 60 + [429]


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
