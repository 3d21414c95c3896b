"""Who is asking: verifies the token, takes on the database role, then loads the account.

The order matters: the role is set before anything is read, so no query runs with more rights than its caller has. Whose
a personal token is, is read as the account service, which sees account tables only.

A personal token is held against the view before the view runs: it needs the scope of the view's `scope_section`, and a
view that names none, as the account endpoints, is closed to it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from skillbridge_backend.core import context
from skillbridge_backend.core.access import DatabaseRole, account_service, acting_as, enter_role
from users import detection
from users.clients import client_of
from users.detection import Sign
from users.enums import Role
from users.exceptions import NotForPersonalTokens, ReadOnlySession, ScopeMissing
from users.limits import slow_down_tokens
from users.models import PersonalToken, User
from users.personal_tokens import MARK, digest_of, is_hashed_as, prefix_of
from users.token_uses import note_use
from users.tokens import ExpiredAccessToken, InvalidAccessToken, read_access_token


class TokenOver(AuthenticationFailed):  # reads as what it is
    """The access token was one of ours, and lets nobody in any more: whoever sends it refreshes, or logs in."""


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


def is_looking(request: Request) -> bool:
    """Whether an admin looks through the eyes of the person whom the request is for."""
    return isinstance(request.auth, dict) and "act" in request.auth


def account_behind(claims: Mapping[str, Any]) -> User | None:
    """The account that an access token lets in; None when it no longer does.

    It is closed, its session is over, the token is of another version of it, or the admin who looks through its eyes is
    none any more. Within a transaction with the person's rights.
    """
    user: User | None = User.objects.of_whoever_asks(session_id=UUID(claims["sid"]))
    if user is None or (user.role, user.token_version) != (claims["user_role"], claims["version"]):
        return None
    if "act" in claims and not User.objects.active().filter(pk=claims["act"]["sub"], role=Role.ADMIN).exists():
        return None
    return user


def lets_in_still(actor: User, auth: Any) -> bool:
    """Whether what a request came with would let it in now, too. For what goes on after it: streams and connections."""
    if isinstance(auth, PersonalToken):
        with account_service():
            is_there = PersonalToken.objects.alive().filter(pk=auth.pk).exists()
        with acting_as(actor.pk, user_role=actor.role):
            return is_there and User.objects.of_whoever_asks(session_id=None) is not None
    with acting_as(actor.pk, user_role=actor.role):
        return account_behind(auth) is not None


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token or personal token>`; without the header the request is anonymous."""

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
        text = header[1].decode("ascii", "replace")
        if text.startswith(MARK):
            return self._by_personal_token(request, text)
        try:
            claims = read_access_token(text)
        except InvalidAccessToken as error:
            if isinstance(error, ExpiredAccessToken):
                raise TokenOver("The access token is invalid or expired.") from error
            detection.notice(Sign.UNKNOWN_TOKENS, text, client_of(request))
            slow_down_tokens(client_of(request))
            raise AuthenticationFailed("The access token is invalid or expired.") from error
        user_id = UUID(claims["sub"])
        enter_role(DatabaseRole.AUTHENTICATED, user_id=user_id, user_role=claims["user_role"])
        user = account_behind(claims)
        if user is None:
            raise TokenOver("The access token is invalid or expired.")
        if "act" in claims and request.method not in SAFE_METHODS:
            raise ReadOnlySession("Whoever looks through somebody's eyes changes nothing.")
        context.actor_id.set(user_id)
        structlog.contextvars.bind_contextvars(user_id=str(user_id))
        return user, claims

    def _by_personal_token(self, request: Request, text: str) -> tuple[User, PersonalToken]:
        """The account and the token's row. An unknown, expired or removed token is `401`, the same for all reasons."""
        slow_down_tokens(client_of(request))
        prefix, token, user = prefix_of(text), None, None
        if prefix:
            enter_role(DatabaseRole.ACCOUNT_SERVICE)
            token = PersonalToken.objects.alive().filter(prefix=prefix).with_owner().first()
        if token and is_hashed_as(text, token.token_hash):
            enter_role(DatabaseRole.AUTHENTICATED, user_id=token.user_id, user_role=token.user.role)
            user = User.objects.of_whoever_asks(session_id=None)
        if token is None or user is None or user.role != token.user.role:
            enter_role(DatabaseRole.ANONYMOUS)
            detection.notice(Sign.UNKNOWN_TOKENS, text, client_of(request))
            raise AuthenticationFailed("The personal token is invalid or expired.")
        note_use(token.pk, digest_of(text))
        context.actor_id.set(user.pk)
        structlog.contextvars.bind_contextvars(user_id=str(user.pk), script=str(token.pk))
        _demand_scope(request, token)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return 'Bearer realm="api"'


def _demand_scope(request: Request, token: PersonalToken) -> None:
    """Raise NotForPersonalTokens or ScopeMissing unless the view is open to this token."""
    view = request.parser_context["view"]
    section = getattr(view, "scope_section", "")
    if not section or getattr(view, "action", None) in getattr(view, "closed_to_tokens", ()):
        raise NotForPersonalTokens("Log in for this.")
    scope = f"{section}:{'read' if request.method in SAFE_METHODS else 'write'}"
    if scope not in token.scopes:
        raise ScopeMissing(f"This needs a token with the scope {scope}.")
