"""What all login providers have in common: how one is asked, and what of its answers is believed.

Every answer comes within LOGIN_PROVIDER_TIMEOUT_SECONDS (for all of one identification together), in at most 256 KiB,
from the address that was asked: redirects are not followed, and nothing is compressed. Whatever a provider does
otherwise becomes one of four errors of ours, and its own words go to the log, not to the client.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx2
import orjson
import structlog
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection

from users.exceptions import ProviderAway, ProviderCodeRefused

LARGEST_ANSWER_BYTES = 256 * 1024
LONGEST_SUBJECT, LONGEST_NAME, LONGEST_EMAIL = 255, 80, 254
RETRY_AFTER_SECONDS = "30"

OUR_FAULT = frozenset(
    {"incorrect_client_credentials", "invalid_client", "redirect_uri_mismatch", "unauthorized_client"}
)
"""Errors of a token endpoint that a person can do nothing about: the operator's settings are not the provider's."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """How the provider knows us, under which name people know it, and what the operator knows of it."""

    name: str
    label: str
    client_id: str
    client_secret: str
    scopes: str = ""
    """What is asked for; '' where the kind of provider says it."""
    email_verified_field: str = ""
    """Where it says whether an address is verified; '' where the kind of provider says it."""
    emails_are_verified: bool = False
    """It tells no address that it has not verified."""
    takes_pkce: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes along with somebody to the provider, and is held against what comes back."""

    redirect_uri: str
    verifier: str
    """PKCE's, of which the provider gets the hash first (RFC 7636)."""
    nonce: str = ""
    """Stands in an ID token; '' where an app sent none."""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider means. Only `subject` is certain; `email` is worth something when it is verified."""

    subject: str
    email: str
    is_email_verified: bool
    login: str
    name: str


class Provider(ABC):
    """A login provider. Calls it: never inside a transaction."""

    posts_answer: ClassVar[bool] = False
    """Whether it sends a browser back with a form, and not with an address."""

    def __init__(self, registration: Registration) -> None:
        self.name, self.label = registration.name, registration.label
        self.takes_pkce = registration.takes_pkce
        self._registration = registration

    @abstractmethod
    def authorize_url(self, sent: Sent) -> str:
        """Where to send a browser. Raises ProviderAway."""

    @abstractmethod
    def identify(self, code: str, sent: Sent) -> Identity:
        """Who came back with this code. Raises ProviderAway, ProviderCodeRefused, ProviderAnswerWrong."""

    def is_mixed_up(self, issuer: str) -> bool:
        """Whether the parameter `iss` of an answer names another provider than this one (RFC 9207)."""
        return False

    def name_in(self, user: str) -> str:
        """The name in what it posts beside the code, or ''."""
        return ""

    @contextmanager
    def _asking(self, *, authenticate: str = "client_secret_post", scope: str = "") -> Iterator[OAuth2Client]:
        """A client for one identification. What goes wrong inside becomes an error of ours."""
        if connection.in_atomic_block:
            raise RuntimeError("a provider is never asked inside a transaction: a slow one would hold the connection")
        try:
            with OAuth2Client(
                client_id=self._registration.client_id,
                client_secret=self._client_secret(),
                token_endpoint_auth_method=authenticate,
                scope=scope,
                code_challenge_method="S256" if self.takes_pkce else None,
                transport=BoundedTransport(settings.LOGIN_PROVIDER_TIMEOUT_SECONDS),
                follow_redirects=False,
                trust_env=False,
            ) as client:
                yield client
        except OAuthError as error:
            reason = str(error.error)[:100]
            if reason in OUR_FAULT:
                log.warning("login_provider_misconfigured", provider=self.name, reason=reason)
                raise self._away() from error
            log.info("login_provider_code_refused", provider=self.name, reason=reason)
            raise ProviderCodeRefused("Begin again: a code works once, for a few minutes.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, UnusableAnswer) as error:
            log.warning("login_provider_away", provider=self.name, reason=f"{type(error).__name__}: {error}"[:300])
            raise self._away() from error

    def _token(self, client: OAuth2Client, url: str, code: str, sent: Sent) -> dict[str, Any]:
        """What the token endpoint gives for the code."""
        try:
            token = client.fetch_token(
                url,
                grant_type="authorization_code",
                code=code,
                redirect_uri=sent.redirect_uri,
                **({"code_verifier": sent.verifier} if self.takes_pkce else {}),
            )
        except (ValueError, TypeError) as error:  # what Authlib says of a body that is no JSON object
            raise UnusableAnswer(f"the token endpoint: {error}") from error
        if not isinstance(token.get("access_token"), str):
            raise UnusableAnswer("the token endpoint gave no access token")
        return dict(token)

    def _json(
        self,
        client: OAuth2Client,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        withheld: Collection[int] = (),
    ) -> Any:
        """What is there, as JSON; None where the status is one of `withheld`: the person did not let us see it."""
        accept = {"Accept": "application/json"}
        answer = client.request("GET", url, withhold_token=True, headers=accept | dict(headers or {}))
        if answer.status_code in withheld:
            return None
        if answer.status_code != 200:
            raise UnusableAnswer(f"{url} answered {answer.status_code}")
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise UnusableAnswer(f"{url} is not JSON") from error

    def _client_secret(self) -> str:
        """What we prove with who we are."""
        return self._registration.client_secret

    def _away(self) -> ProviderAway:
        return ProviderAway(
            f"{self.label} did not answer as it should. Try again, or log in another way.",
            headers={"Retry-After": RETRY_AFTER_SECONDS},
        )


class UnusableAnswer(Exception):  # of a provider, for the log; never seen by a client
    """The provider answered, and not what it should."""


class BoundedTransport(httpx2.BaseTransport):
    """HTTP within a time that all requests share, and with answers of bounded size."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._inner = httpx2.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, read to its end. Raises httpx2.TransportError."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("no time left", request=request)
        request.extensions = {
            **request.extensions,
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), left),
        }
        # A few bytes of gzip can become a gigabyte.
        request.headers["Accept-Encoding"] = "identity"
        answer = self._inner.handle_request(request)
        try:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise httpx2.DecodingError("the answer is compressed", request=request)
            return httpx2.Response(answer.status_code, headers=answer.headers, content=self._body(request, answer))
        finally:
            answer.close()

    def close(self) -> None:
        """End the connections."""
        self._inner.close()

    def _body(self, request: httpx2.Request, answer: httpx2.Response) -> bytes:
        body = bytearray()
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > LARGEST_ANSWER_BYTES:
                raise httpx2.ReadError("the answer is too large", request=request)
            # The time-out of a read is for each one; a peer that sends a byte now and then would never run into it.
            if time.monotonic() > self._ends:
                raise httpx2.ReadTimeout("the answer did not arrive in time", request=request)
        return bytes(body)


def text_of(value: object, *, longest: int = LONGEST_NAME) -> str:
    """What a provider says, as one line: without line breaks and marks that turn writing round; '' for no text."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value if letter.isprintable()).strip()[:longest]


def subject_of(value: object) -> str:
    """Whom the provider means. Raises UnusableAnswer: what has to be cut could be somebody else's."""
    subject = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(subject, str) or not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise UnusableAnswer("the answer does not say whom it means")
    return subject


def is_yes(value: object) -> bool:
    """Whether a provider says yes: as a boolean, as text, as a number."""
    return str(value).lower() in {"true", "1"}


def email_of(value: object) -> str:
    """An address as we keep them, or ''."""
    if not isinstance(value, str) or len(value) > LONGEST_EMAIL:
        return ""
    try:
        validate_email(value)
    except ValidationError:
        return ""
    return value.lower()
