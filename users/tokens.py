"""Access tokens: short-lived JWTs, signed and verified by simplejwt."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from users.models import User

ACCESS_TOKEN_LIFETIME: timedelta = AccessToken.lifetime


class InvalidAccessToken(Exception):  # reads as what it is
    """The token is not one of ours, or no longer valid."""


def issue_access_token(user: User, *, family_id: UUID) -> str:
    """A signed access token of five minutes, bound to the login it came from and to the account's version."""
    token = AccessToken()
    token["sub"] = str(user.pk)
    token["role"] = user.role
    token["version"] = user.token_version
    token["sid"] = str(family_id)
    return str(token)


def read_access_token(text: str) -> dict[str, Any]:
    """The claims of a valid access token. Raises InvalidAccessToken: signature, algorithm, issuer, audience or time."""
    try:
        claims = AccessToken(cast(Any, text)).payload
        if not {"sub", "role", "version", "sid"} <= claims.keys():
            raise InvalidAccessToken
        UUID(claims["sub"])
    except (TokenError, ValueError) as error:
        raise InvalidAccessToken from error
    return claims
