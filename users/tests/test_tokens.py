"""Access tokens: what they say, who signs them, and everything that makes one worthless."""

from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.test import Client as BrowserClient
from django.utils import timezone

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.embedded.installation import new_signing_key
from users.clients import Client
from users.enums import Role
from users.models import RefreshTokenFamily, User
from users.signing_keys import signing_key
from users.tests.factories import UserFactory
from users.tests.logins import logged_in
from users.tokens import InvalidAccessToken, issue_access_token, read_access_token

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"
IN_THE_FUTURE = 4_000_000_000


def pem() -> str:
    return b64decode(new_signing_key()).decode()


def issued() -> str:
    return issue_access_token(UserFactory(), family_id=new_id())


def forged(*, key: Any = None, algorithm: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token like ours with these changes; a claim of None is left out."""
    token = issued()
    changed = jwt.decode(token, options={"verify_signature": False}) | claims
    kept = {name: value for name, value in changed.items() if value is not None}
    headers = jwt.get_unverified_header(token) | (header or {})
    signer = key if key is not None else signing_key().private
    return jwt.encode(kept, signer, algorithm, headers={k: v for k, v in headers.items() if k != "alg"})


def bearer(token: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def test_claims_name_person_role_version_and_session() -> None:
    user, family_id = UserFactory(role=Role.MENTOR), new_id()

    token = issue_access_token(user, family_id=family_id)

    claims = read_access_token(token)
    assert (claims["sub"], claims["user_role"], claims["version"]) == (str(user.pk), "mentor", 1)
    assert claims["role"] == "authenticated"
    assert (claims["sid"], claims["exp"] - claims["iat"]) == (str(family_id), 300)
    header = jwt.get_unverified_header(token)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": signing_key().kid}


def test_forging_nothing_gives_a_token_that_counts() -> None:
    # The control of every refusal below.
    assert read_access_token(forged())["iss"] == "skillbridge"


@pytest.mark.parametrize(
    "claims",
    [
        {"sid": None}, {"sid": "7"}, {"sub": None}, {"sub": "7"}, {"user_role": None}, {"version": None}, {"exp": None},
        {"iss": None}, {"iss": "somebody else"}, {"aud": None}, {"aud": "somebody else"},
        {"exp": 1}, {"nbf": IN_THE_FUTURE}, {"iat": IN_THE_FUTURE},
        {"token_type": "refresh"}, {"token_type": None},
    ],
    ids=str,
)  # fmt: skip
def test_claim_that_is_missing_or_wrong_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidAccessToken):
        read_access_token(forged(**claims))


@pytest.mark.parametrize(
    "header",
    [{"kid": ""}, {"kid": "unknown"}, {"kid": "../../dev/null"}, {"typ": "JWT"}, {"typ": None}],
    ids=str,
)
def test_header_that_names_no_key_or_another_kind_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidAccessToken):
        read_access_token(forged(header=header))


def test_signature_of_somebody_else_is_refused_whatever_the_header_offers() -> None:
    mallory = generate_private_key(SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(mallory.public_key(), as_dict=True)
    for header in ({}, {"jku": "https://evil.test/jwks.json"}, {"x5u": "https://evil.test/cert"}, {"jwk": jwk}):
        with pytest.raises(InvalidAccessToken):
            read_access_token(forged(key=mallory, header=header))


def test_algorithms_other_than_ours_are_refused() -> None:
    # Our public key, which everybody knows, as the secret of an HMAC; and no signature at all.
    public = signing_key().public_jwk["x"]
    for algorithm, key in (("HS256", public + public), ("none", "")):
        with pytest.raises(InvalidAccessToken):
            read_access_token(forged(key=key, algorithm=algorithm))


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "e30.e30.", "🦊.🦊.🦊", "." * 4000])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidAccessToken):
        read_access_token(text)


def test_keys_change_without_ending_a_token_that_is_out(settings: Any) -> None:
    old, new = pem(), pem()
    settings.JWT_SIGNING_KEYS = [old]
    before = issued()

    settings.JWT_SIGNING_KEYS = [new, old]
    after = issued()
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert read_access_token(before)
    assert read_access_token(after)

    settings.JWT_SIGNING_KEYS = [new]
    assert read_access_token(after)
    with pytest.raises(InvalidAccessToken):
        read_access_token(before)


def test_published_keys_verify_tokens_and_are_public_halves(settings: Any, client: BrowserClient) -> None:
    settings.JWT_SIGNING_KEYS = [pem(), pem()]

    response = client.get("/.well-known/jwks.json")

    keys = jwt.PyJWKSet.from_dict(response.json())
    token = issued()
    verified = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]], ["ES256"], audience="skillbridge-api")
    assert verified["iss"] == "skillbridge"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert [set(key) for key in response.json()["keys"]] == [{"kty", "crv", "x", "y", "kid", "alg", "use"}] * 2
    assert client.post("/.well-known/jwks.json").status_code == 405


@pytest.mark.parametrize(
    "change",
    [{"role": Role.MENTOR}, {"is_active": False}, {"token_version": 2}],
    ids=str,
)
def test_change_of_the_account_counts_in_the_next_request(api: Any, change: dict[str, Any]) -> None:
    user = UserFactory()
    headers = bearer(issue_access_token(user, family_id=new_id()))
    assert api.get(ME, **headers).status_code == 200

    User.objects.filter(pk=user.pk).update(**change)

    assert api.get(ME, **headers).status_code == 401


@pytest.fixture
def log_in() -> Callable[[], tuple[str, str]]:
    """A new account's session: its access and its refresh token."""

    def log_in() -> tuple[str, str]:
        user = UserFactory()
        tokens = logged_in(user, client=Client("192.0.2.7", "phone"))
        return tokens.access, tokens.refresh

    return log_in


def test_session_that_is_over_takes_its_access_token_along(api: Any, log_in: Callable[[], tuple[str, str]]) -> None:
    access, refresh = log_in()
    other, _ = log_in()
    assert api.get(ME, **bearer(access)).status_code == 200

    assert api.post("/api/v1/auth/logout/", {"refresh": refresh}).status_code == 204

    assert api.get(ME, **bearer(access)).status_code == 401
    assert api.get(ME, **bearer(other)).status_code == 200


def test_session_that_reached_its_end_takes_its_access_token_along(
    api: Any, log_in: Callable[[], tuple[str, str]]
) -> None:
    access, _ = log_in()
    end = timezone.now() - timedelta(minutes=1)
    RefreshTokenFamily.objects.update(created_at=end - timedelta(days=30), expires_at=end)

    assert api.get(ME, **bearer(access)).status_code == 401
