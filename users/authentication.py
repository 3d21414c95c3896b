"""Who is asking: verifies the access token, takes on the database role, then loads the account.

The order matters: the role is set before anything is read, so no query runs with more rights than its caller has.
"""

from typing import Any
from uuid import UUID

import structlog
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from skillbridge_backend.core import context
from skillbridge_backend.core.access import DatabaseRole, enter_role
from users.clients import client_of
from users.exceptions import ReadOnlySession
from users.models import User
from users.tokens import InvalidAccessToken, read_access_token


def actor_of(request: Request) -> User:
    """The account that is logged in; for actions that are open to nobody else. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def session_of(request: Request) -> UUID:
    """The session that the access token of this request belongs to. Raises NotAuthenticated."""
    if not isinstance(request.auth, dict):
        raise NotAuthenticated
    return UUID(request.auth["sid"])


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; without the header the request is anonymous."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """The account and the token's claims, with the transaction's role set; None for nobody.

        A token that is expired, forged or of another version of the account is `401`, the same for all reasons.
        """
        if request.method not in SAFE_METHODS:
            context.client.set(client_of(request).claims())
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            enter_role(DatabaseRole.ANONYMOUS)
            return None
        if len(header) != 2:
            raise AuthenticationFailed("Write the header as: Authorization: Bearer <token>.")
        try:
            claims = read_access_token(header[1].decode("ascii", "replace"))
        except InvalidAccessToken as error:
            raise AuthenticationFailed("The access token is invalid or expired.") from error
        user_id = UUID(claims["sub"])
        enter_role(DatabaseRole.AUTHENTICATED, user_id=user_id, user_role=claims["user_role"])
        user = User.objects.of_whoever_asks(session_id=UUID(claims["sid"]))
        if user is None or (user.role, user.token_version) != (claims["user_role"], claims["version"]):
            raise AuthenticationFailed("The access token is invalid or expired.")
        if "act" in claims and request.method not in SAFE_METHODS:
            raise ReadOnlySession("Whoever looks through somebody's eyes changes nothing.")
        context.actor_id.set(user_id)
        structlog.contextvars.bind_contextvars(user_id=str(user_id))
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return 'Bearer realm="api"'
