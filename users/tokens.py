"""Access tokens: short-lived JWTs (RFC 9068) that simplejwt makes and reads, signed by `signing_keys.py`."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import AccessToken

from skillbridge_backend.core.access import DatabaseRole
from users.models import User
from users.signing_keys import ALGORITHM, signing_key, verifying_key

ACCESS_TOKEN_LIFETIME: timedelta = AccessToken.lifetime
HEADER_TYPE = "at+jwt"
"""Says that it is an access token, so that no other JWT of ours can ever pass for one."""


class InvalidAccessToken(Exception):  # reads as what it is
    """The token is not one of ours, or no longer valid."""


class ExpiredAccessToken(InvalidAccessToken):  # reads as what it is
    """The token was one of ours."""


class KeyRing(TokenBackend):
    """simplejwt's signing and verifying, with more than one key."""

    def encode(self, payload: dict[str, Any]) -> str:
        """The signed token, which names its key."""
        key = signing_key()
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        return jwt.encode(claims, key.private, self.algorithm, headers={"kid": key.kid, "typ": HEADER_TYPE})

    def get_verifying_key(self, token: Any) -> Any:
        """The key that the token names. Whatever else stands in its header (`alg`, `jku`, `jwk`) is not followed."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Token is invalid") from error
        key = verifying_key(str(header.get("kid"))) if header.get("typ") == HEADER_TYPE else None
        if key is None:
            raise TokenBackendError("Token is signed by an unknown key")
        return key


class SignedAccessToken(AccessToken):
    """simplejwt's access token on our keys."""

    _token_backend = KeyRing(
        ALGORITHM, issuer=str(settings.SIMPLE_JWT["ISSUER"]), audience=str(settings.SIMPLE_JWT["AUDIENCE"])
    )


def issue_access_token(user: User, *, family_id: UUID, impersonated_by: UUID | None = None) -> str:
    """A signed access token of five minutes, bound to the login it came from and to the account's version.

    For an admin who looks through the person's eyes it names the admin as the actor (RFC 8693, 4.1), and only reads.
    """
    token = SignedAccessToken()
    token["sub"] = str(user.pk)
    # As in the database: PostgREST takes on the one and policies may read the other.
    token["role"] = str(DatabaseRole.AUTHENTICATED)
    token["user_role"] = user.role
    token["version"] = user.token_version
    token["sid"] = str(family_id)
    if impersonated_by:
        token["act"] = {"sub": str(impersonated_by)}
    return str(token)


def read_access_token(text: str) -> dict[str, Any]:
    """The claims of a valid access token.

    Raises InvalidAccessToken (signature, algorithm, issuer, audience or time); ExpiredAccessToken where only its time
    is over.
    """
    try:
        claims = SignedAccessToken(cast(Any, text)).payload
        if not {"sub", "user_role", "version", "sid"} <= claims.keys():
            raise InvalidAccessToken
        UUID(claims["sub"])
        UUID(claims["sid"])
    except ExpiredTokenError as error:
        raise ExpiredAccessToken from error
    except (TokenError, ValueError) as error:
        raise InvalidAccessToken from error
    return claims
