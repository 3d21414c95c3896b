"""Every limit of this API: those of the account endpoints, and the general ones of everything else.

An account endpoint counts each request for the account in question from this address, for the address (of IPv6 its /64)
and for the network (/24 or /48). Whether an account exists is not looked at, so limits tell nobody. Without Redis there
is no signing up, logging in or refreshing: a limit that fails open protects nobody. The general limits fail open: they
are for those who take too much, and the API goes on without Redis.

Nobody can lock somebody else out for good. Counts refill by themselves, and:

- what somebody does elsewhere fills buckets of their own address and network, not those of the owner of the account;
- a login that succeeds forgives the failures of its account from that address, and is given back to the address, so
  that many people behind one can log in. Failures with other accounts stay: whoever guesses cannot wash them off by
  logging in to an account of their own;
- one limit is for an account wherever requests come from, against guesses from thousands of networks: 100 an hour. It
  does not hold for an address where the owner has logged in within 30 days, nor for sessions that exist: an attack
  fills it, and the owner does not notice. From an address that is new to us the owner competes for one try every 36
  seconds until the attack ends. A try that this limit refuses has been counted for the address that it came from, so a
  few of them cannot take each one as it comes back; and whoever chooses a new password by a link from their mailbox
  makes the address known that they do so from. That an address is known shows only to those who are behind it;
- a source that attacks many accounts gets a tenth of the limits (`users/detection.py`), but not for an account whose
  owner has logged in from there, nor for a session that was used from there: an attacker behind the same address keeps
  neither out;
- the other such limits, of mails with a link: when one is used up, the owner has got a mail;
- what a person who is logged in may do in all, as pictures in an hour, nobody else uses up: it holds wherever they are;
- codes by e-mail are bounded by how many are asked for: each takes five guesses at one of 100 million, so thousands of
  networks have 50 an hour for one account. Who is kept from a new code by them has the password, or the link for one.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from rest_framework.authentication import get_authorization_header
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from skillbridge_backend.core import context
from skillbridge_backend.core.errors import DomainError, RateLimited
from skillbridge_backend.core.rate_limits import (
    Limit,
    count_or_be_unavailable,
    count_or_let_pass,
    give_back,
    key,
    redis_at,
    unavailable,
)
from users import detection
from users.clients import Client, client_of
from users.exceptions import TooManyLoginAttempts
from users.models import PersonalToken, User

ACCOUNT_TIMEOUT_SECONDS = 1.0
GENERAL_TIMEOUT_SECONDS = 0.1
MINUTE, HOUR = 60, 3600
SLOWNESS = 10
"""What a source that attacks (`users/detection.py`) gets of a limit: this part of it."""


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """What one account endpoint allows; `own` is for an account from one address, `account` for it from everywhere.

    `spares_owner`: the latter is against those who are not the owner, and does not hold where the owner has logged in.
    """

    address: Limit
    network: Limit
    own: Limit | None = None
    account: Limit | None = None
    spares_owner: bool = False
    refusal: type[DomainError] = RateLimited

    def count(self, account: str, client: Client) -> None:
        """Count a request. Raises `refusal` at a limit, ServiceUnavailable when Redis is away.

        `account` is what the request says whose it is about; '' when it says nothing.
        """
        is_known, is_slow = _standing_of(account, client)
        speed = SLOWNESS if is_slow and not is_known else 1
        buckets = [
            self.address.slower(speed).bucket(client.counted_address),
            self.network.slower(speed).bucket(client.network),
        ]
        if account and self.own:
            buckets.append(self.own.slower(speed).bucket(account, client.counted_address))
        if account and self.account and not (is_known and self.spares_owner):
            buckets.append(replace(self.account.bucket(account), is_last=True))
        count_or_be_unavailable(buckets, client=_counts(), refusal=self.refusal)


SIGN_UP = AccountLimits(
    own=Limit("signup", 10, HOUR),
    account=Limit("signup-account", 10, HOUR),
    address=Limit("signup-address", 60, HOUR),
    network=Limit("signup-network", 200, HOUR),
)
CONFIRM_EMAIL = AccountLimits(
    address=Limit("confirm-address", 120, HOUR),
    network=Limit("confirm-network", 600, HOUR),
)
RESEND_CONFIRMATION = AccountLimits(
    own=Limit("resend", 5, HOUR),
    account=Limit("resend-account", 10, HOUR),
    spares_owner=True,
    address=Limit("resend-address", 60, HOUR),
    network=Limit("resend-network", 200, HOUR),
)
_LOGIN, _LOGIN_ACCOUNT = Limit("login", 10, 15 * MINUTE), Limit("login-account", 100, HOUR)
LOG_IN = AccountLimits(
    own=_LOGIN,
    account=_LOGIN_ACCOUNT,
    spares_owner=True,
    address=Limit("login-address", 50, 15 * MINUTE),
    network=Limit("login-network", 1000, 15 * MINUTE),
    refusal=TooManyLoginAttempts,
)
LOGIN_CODE = AccountLimits(
    own=Limit("code", 5, HOUR),
    account=Limit("code-account", 10, HOUR),
    spares_owner=True,
    address=Limit("code-address", 60, HOUR),
    network=Limit("code-network", 200, HOUR),
)
LOGIN_CODE_CONFIRM = AccountLimits(
    address=Limit("code-confirm-address", 50, 15 * MINUTE),
    network=Limit("code-confirm-network", 1000, 15 * MINUTE),
)
SECOND_FACTOR = AccountLimits(
    own=Limit("factor", 10, 15 * MINUTE),
    account=Limit("factor-account", 30, HOUR),
    spares_owner=True,
    address=Limit("factor-address", 50, 15 * MINUTE),
    network=Limit("factor-network", 1000, 15 * MINUTE),
)
PASSKEY_LOGIN = AccountLimits(
    address=Limit("passkey-address", 100, 15 * MINUTE),
    network=Limit("passkey-network", 2000, 15 * MINUTE),
)
SECOND_FACTOR_CHANGE = AccountLimits(
    own=Limit("factor-change", 30, 15 * MINUTE),
    address=Limit("factor-change-address", 100, 15 * MINUTE),
    network=Limit("factor-change-network", 1000, 15 * MINUTE),
)
PERSONAL_TOKEN_CHANGE = AccountLimits(
    own=Limit("token-change", 30, 15 * MINUTE),
    address=Limit("token-change-address", 100, 15 * MINUTE),
    network=Limit("token-change-network", 1000, 15 * MINUTE),
)
PROVIDER_START = AccountLimits(
    address=Limit("provider-start-address", 60, 15 * MINUTE),
    network=Limit("provider-start-network", 1000, 15 * MINUTE),
)
PROVIDER_RETURN = AccountLimits(
    address=Limit("provider-return-address", 60, 15 * MINUTE),
    network=Limit("provider-return-network", 1000, 15 * MINUTE),
)
PROVIDER_POST = AccountLimits(
    address=Limit("provider-post-address", 60, 15 * MINUTE),
    network=Limit("provider-post-network", 1000, 15 * MINUTE),
)
PROVIDER_FINISH = AccountLimits(
    address=Limit("provider-finish-address", 60, 15 * MINUTE),
    network=Limit("provider-finish-network", 1000, 15 * MINUTE),
)
PROVIDER_CODE = AccountLimits(
    address=Limit("provider-code-address", 60, 15 * MINUTE),
    network=Limit("provider-code-network", 1000, 15 * MINUTE),
)
SOCIAL_LINK_CHANGE = AccountLimits(
    own=Limit("link-change", 30, 15 * MINUTE),
    address=Limit("link-change-address", 100, 15 * MINUTE),
    network=Limit("link-change-network", 1000, 15 * MINUTE),
)
PASSWORD_RESET = AccountLimits(
    own=Limit("reset", 5, HOUR),
    account=Limit("reset-account", 10, HOUR),
    spares_owner=True,
    address=Limit("reset-address", 60, HOUR),
    network=Limit("reset-network", 200, HOUR),
)
PASSWORD_RESET_CONFIRM = AccountLimits(
    own=Limit("reset-confirm", 20, HOUR),
    address=Limit("reset-confirm-address", 120, HOUR),
    network=Limit("reset-confirm-network", 600, HOUR),
)
PASSWORD_CHANGE = AccountLimits(
    own=Limit("change", 10, 15 * MINUTE),
    address=Limit("change-address", 50, 15 * MINUTE),
    network=Limit("change-network", 1000, 15 * MINUTE),
)
EMAIL_CHANGE = AccountLimits(
    own=Limit("email-change", 10, HOUR),
    account=Limit("email-change-account", 10, HOUR),
    address=Limit("email-change-address", 60, HOUR),
    network=Limit("email-change-network", 200, HOUR),
)
EMAIL_CHANGE_LINK = AccountLimits(
    address=Limit("email-link-address", 120, HOUR),
    network=Limit("email-link-network", 600, HOUR),
)
KEEP_ACCOUNT = AccountLimits(
    address=Limit("keep-address", 120, HOUR),
    network=Limit("keep-network", 600, HOUR),
)
DELETE_ACCOUNT = AccountLimits(
    own=Limit("delete", 10, 15 * MINUTE),
    address=Limit("delete-address", 50, 15 * MINUTE),
    network=Limit("delete-network", 1000, 15 * MINUTE),
)
EXPORT = AccountLimits(
    own=Limit("export", 3, 24 * HOUR),
    account=Limit("export-account", 3, 24 * HOUR),
    address=Limit("export-address", 60, 24 * HOUR),
    network=Limit("export-network", 300, 24 * HOUR),
)
PICTURE = AccountLimits(
    own=Limit("picture", 20, HOUR),
    account=Limit("picture-account", 40, HOUR),
    address=Limit("picture-address", 100, HOUR),
    network=Limit("picture-network", 500, HOUR),
)
SUGGEST_SKILL = AccountLimits(
    own=Limit("suggest-skill", 20, 24 * HOUR),
    account=Limit("suggest-skill-account", 20, 24 * HOUR),
    address=Limit("suggest-skill-address", 100, 24 * HOUR),
    network=Limit("suggest-skill-network", 500, 24 * HOUR),
)
CONNECTIONS = Limit("connections", 240, MINUTE)
SLOW_TOKENS = Limit("slow-tokens", 30, MINUTE)
REFRESH = AccountLimits(
    own=Limit("refresh", 60, 5 * MINUTE),
    address=Limit("refresh-address", 600, 5 * MINUTE),
    network=Limit("refresh-network", 3000, 5 * MINUTE),
)
LOG_OUT = AccountLimits(
    own=Limit("logout", 60, 5 * MINUTE),
    address=Limit("logout-address", 600, 5 * MINUTE),
    network=Limit("logout-network", 3000, 5 * MINUTE),
)


def slow_down_tokens(client: Client) -> None:
    """Count a request with a token from a source that tries many: so few that a list of them takes long.

    Right personal tokens too, or the answer would tell which are; of access tokens, which nobody finds by trying, those
    alone that nobody signed: who is logged in goes on. Raises RateLimited; passes when Redis is away.
    """
    try:
        is_slow = detection.is_slow(client)
    except redis.RedisError:
        return
    if is_slow:
        bucket = SLOW_TOKENS.bucket(client.counted_address)
        count_or_let_pass([bucket], url=settings.CACHE_URL, timeout_seconds=GENERAL_TIMEOUT_SECONDS)


def count_connection(client: Client) -> None:
    """Count a WebSocket, or another token sent over one, for its address. Raises RateLimited; passes without Redis."""
    bucket = CONNECTIONS.bucket(client.counted_address)
    count_or_let_pass([bucket], url=settings.CACHE_URL, timeout_seconds=GENERAL_TIMEOUT_SECONDS)


def count_visit(client: Client) -> None:
    """Count a page that nobody has to log in for, with the reads of its address. Raises RateLimited."""
    if settings.READS_PER_MINUTE:
        bucket = Limit("reads", settings.READS_PER_MINUTE, MINUTE).bucket("nobody", client.counted_address)
        count_or_let_pass([bucket], url=settings.CACHE_URL, timeout_seconds=GENERAL_TIMEOUT_SECONDS)


def forgive_login(user: User, client: Client, *, counted: AccountLimits = LOG_IN) -> None:
    """Forget the failures before a login that succeeded, and know the address for as long as its session may last.

    Its address gets back what `counted` took, and no more: a login by another way washes no guesses at passwords off.
    The network's count stays: it bounds how much work one can cause with a right password. From a known address nothing
    was counted for the account, and one failure less for it does no harm. Nor does a Redis that is away. `user` is
    loaded with the address.
    """
    try:
        _counts().delete(_LOGIN.bucket(user.email, client.counted_address).key)
        give_back([counted.address.bucket(client.counted_address), _LOGIN_ACCOUNT.bucket(user.email)], client=_counts())
    except redis.RedisError:
        return
    know_address(user, client)


def know_address(user: User, client: Client) -> None:
    """Know that the owner has been at this address, for as long as a session may last; nothing where Redis is away.

    `user` is loaded with the address.
    """
    # By both names that an account is counted under: a first step knows the address, a second one the account.
    _know((user.email, str(user.pk)), client)


def know_session(session_id: UUID, client: Client) -> None:
    """Know that this session is used from this address: its refreshes go on, whoever else is behind it."""
    _know((str(session_id),), client)


def _know(accounts: Iterable[str], client: Client) -> None:
    with suppress(redis.RedisError):
        for account in accounts if client.counted_address else ():
            _counts().set(_known_address(account, client), 1, ex=settings.REFRESH_TOKEN_ABSOLUTE)


def forgive_first_factor(client: Client) -> None:
    """A password that was right is no failure of its address, though a second factor is still to come."""
    with suppress(redis.RedisError):
        give_back([LOG_IN.address.bucket(client.counted_address)], client=_counts())


class GeneralLimits(BaseThrottle):
    """What a person, and each token of theirs, may do in a minute, or an address that nobody is logged in from.

    Every view has this by default. A request that is refused before it comes here is counted by `count_refused`.

    Counted in the Redis of the cache, which may forget: an ordinary request is not worth a line in the broker's log.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """True; raises RateLimited otherwise."""
        request.is_counted = True  # type: ignore[attr-defined]  # read by `count_refused`
        name, quota = _general_limit(request)
        if quota:
            who = (
                (request.user.pk,) if request.user.is_authenticated else ("nobody", client_of(request).counted_address)
            )
            buckets = [Limit(name, quota, MINUTE).bucket(*who)]
            if isinstance(request.auth, PersonalToken):
                # Half of what its owner may: a script that runs wild leaves them the other half.
                buckets.append(Limit(f"token-{name}", max(quota // 2, 1), MINUTE).bucket(request.auth.pk))
            count_or_let_pass(buckets, url=settings.CACHE_URL, timeout_seconds=GENERAL_TIMEOUT_SECONDS)
        return True


def count_refused(request: Request, *, is_token_over: bool) -> None:
    """Count a request that was refused before the general limits saw it. Raises RateLimited; passes without Redis.

    For the person who is logged in, or for the address. A token of ours that is over counts for itself: its owner is
    told so, and gets another, whatever others behind their address send.
    """
    name, quota = _general_limit(request)
    if getattr(request, "is_counted", False) or not quota:
        return
    who: tuple[object, ...] = (context.actor_id.get(),)
    if is_token_over:
        # What was signed: header and signature can be written in other ways.
        who = ("over", get_authorization_header(request).rpartition(b".")[0].split()[-1])
    elif who == (None,):
        who = ("nobody", client_of(request).counted_address)
    bucket = Limit(name, quota, MINUTE).bucket(*who)
    count_or_let_pass([bucket], url=settings.CACHE_URL, timeout_seconds=GENERAL_TIMEOUT_SECONDS)


def _general_limit(request: Request) -> tuple[str, int]:
    is_read = request.method in SAFE_METHODS
    return ("reads", settings.READS_PER_MINUTE) if is_read else ("writes", settings.WRITES_PER_MINUTE)


def _counts() -> "redis.Redis":
    """The Redis that never forgets before its time."""
    return redis_at(settings.REDIS_URL, ACCOUNT_TIMEOUT_SECONDS)


def _known_address(account: str, client: Client) -> str:
    return key("known-address", account, client.counted_address)


def _standing_of(account: str, client: Client) -> tuple[bool, bool]:
    """Whether the account's owner has logged in from this address, and whether it is slowed down."""
    try:
        is_known = bool(client.counted_address and account and _counts().exists(_known_address(account, client)))
        return is_known, detection.is_slow(client)
    except redis.RedisError as error:
        raise unavailable() from error
