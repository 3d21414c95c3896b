"""Any OpenID Connect provider, by its issuer alone: the rest is in its discovery document, which is kept for an hour.

Who it was is said by the ID token: signed by a key of the provider's with an asymmetric algorithm, for us, for this
login (nonce), not expired (OpenID Connect Core 1.0, 3.1.3.7). Signature and claims are Authlib's and joserfc's checks;
that `aud` is us, and which algorithms there are, has to be demanded of them.
"""

import time
from contextlib import suppress
from typing import Any, ClassVar

import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, Key, KeySet, guess_key, import_key
from joserfc.jws import JWSRegistry

from users.exceptions import ProviderAnswerWrong
from users.login_providers.provider import (
    Identity,
    Provider,
    Registration,
    Sent,
    UnusableAnswer,
    email_of,
    is_yes,
    subject_of,
    text_of,
)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""What a provider signs with. Not `none`, and not HMAC, whose key would be one that we have too."""

LEEWAY_SECONDS = 60
KEPT_SECONDS = 3600.0
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

log = structlog.get_logger(__name__)

_kept: dict[str, tuple[float, Any]] = {}
"""Documents of providers by their address, with the time until which they are good. Of this process."""


class OpenIdProvider(Provider):
    """A provider that has an issuer."""

    scopes: ClassVar[str] = "openid email profile"
    authorize_parameters: ClassVar[dict[str, str]] = {}
    """What is asked for beside the rest."""

    def __init__(self, registration: Registration, *, issuer: str) -> None:
        super().__init__(registration)
        self._issuer = issuer
        self._email_verified = registration.email_verified_field or "email_verified"

    def authorize_url(self, sent: Sent) -> str:
        """Where to send a browser. Raises ProviderAway."""
        with self._asking(scope=self._registration.scopes or self.scopes) as client:
            url, _ = client.create_authorization_url(
                self._metadata(client)["authorization_endpoint"],
                state=sent.state,
                nonce=sent.nonce,
                code_verifier=sent.verifier,
                redirect_uri=sent.redirect_uri,
                **self.authorize_parameters,
            )
        return str(url)

    def identify(self, code: str, sent: Sent) -> Identity:
        """Who came back with this code. Raises ProviderAway, ProviderCodeRefused, ProviderAnswerWrong."""
        with self._asking() as client:
            metadata = self._metadata(client)
            client.token_endpoint_auth_method = _authentication(metadata)
            token = self._token(client, metadata["token_endpoint"], code, sent)
            claims = self._claims(client, metadata, token, sent.nonce)
            told = self._told(client, metadata, token, claims)
            return Identity(
                subject=self._subject_of(claims),
                email=email_of(told.get("email")),
                is_email_verified=is_yes(told.get(self._email_verified)) or self._registration.emails_are_verified,
                login=text_of(told.get("preferred_username") or told.get("nickname")).partition("@")[0],
                name=text_of(told.get("name")),
            )

    def is_mixed_up(self, issuer: str) -> bool:
        """Whether the parameter `iss` of an answer names another provider than this one (RFC 9207)."""
        return bool(issuer) and issuer != self._issuer

    def _issuer_in_discovery(self) -> str:
        return self._issuer

    def _issuer_of(self, claims: dict[str, Any], key: Key) -> str:
        """Who has to have issued these claims, which this key has signed. Raises JoseError."""
        return self._issuer

    def _subject_of(self, claims: dict[str, Any]) -> str:
        """Whom checked claims mean, among all whom this provider knows."""
        return subject_of(claims.get("sub"))

    def _metadata(self, client: Any) -> dict[str, Any]:
        """The discovery document. One that is not good is not kept."""
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        found: dict[str, Any] = _still_good(url) or self._own(self._json(client, url))
        _kept.setdefault(url, (time.monotonic() + KEPT_SECONDS, found))
        return found

    def _own(self, found: Any) -> dict[str, Any]:
        """The document, which has to be this issuer's (OpenID Connect Discovery 1.0, 4.3). Raises UnusableAnswer."""
        if not isinstance(found, dict) or found.get("issuer") != self._issuer_in_discovery():
            raise UnusableAnswer("the discovery document is another issuer's")
        safe = "https://" if self._issuer.startswith("https://") else ("https://", "http://")
        for endpoint in ENDPOINTS:
            if not str(found.get(endpoint, "")).startswith(safe):
                raise UnusableAnswer(f"the discovery document has no {endpoint}")
        if "userinfo_endpoint" in found and not str(found["userinfo_endpoint"]).startswith(safe):
            raise UnusableAnswer("the discovery document has a userinfo_endpoint without TLS")
        return found

    def _claims(self, client: Any, metadata: dict[str, Any], token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, once it is checked. Raises ProviderAnswerWrong."""
        try:
            read, key = self._read(client, metadata, token["id_token"])
            claims = CodeIDToken(
                read.claims,
                read.header,
                {
                    "iss": {"essential": True, "value": self._issuer_of(read.claims, key)},
                    "aud": {"essential": True, "value": self._registration.client_id},
                },
                {
                    "nonce": nonce,
                    "client_id": self._registration.client_id,
                    "access_token": token["access_token"],
                },
            )
            claims.validate(leeway=LEEWAY_SECONDS)
            if claims.get("nonce", "") != nonce:
                raise InvalidClaimError("nonce")  # Authlib passes it over where the app sent none
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            # Beside JoseError: a token or a claim of a kind that the checks did not count on.
            self._log_wrong(error)
            raise ProviderAnswerWrong("Begin again. If it stays so, tell the operator.") from error
        return dict(claims)

    def _read(self, client: Any, metadata: dict[str, Any], text: str) -> tuple[jwt.Token, Key]:
        """The ID token and the key that signed it; keys are fetched anew where it names one that is not known yet."""
        try:
            return _opened(text, self._keys(client, metadata))
        except InvalidKeyIdError:
            return _opened(text, self._keys(client, metadata, anew=True))

    def _keys(self, client: Any, metadata: dict[str, Any], *, anew: bool = False) -> KeySet:
        url = metadata["jwks_uri"]
        if anew:
            _kept.pop(url, None)
        found = _still_good(url) or self._json(client, url)
        _kept.setdefault(url, (time.monotonic() + KEPT_SECONDS, found))
        keys = found.get("keys") if isinstance(found, dict) else None
        usable = []
        for key in keys if isinstance(keys, list) else []:
            # One that cannot be read, or is of a kind that we do not know, leaves the others as they are.
            with suppress(JoseError, ValueError, TypeError, KeyError):
                usable += [import_key(key)] if isinstance(key, dict) else []
        return KeySet(usable)

    def _told(
        self, client: Any, metadata: dict[str, Any], token: dict[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """What the ID token says, and where it says too little, what the provider says when it is asked for more."""
        url = metadata.get("userinfo_endpoint")
        if {"email", self._email_verified} <= claims.keys() or not isinstance(url, str):
            return claims
        found = self._json(client, url, {"Authorization": f"Bearer {token['access_token']}"})
        if not isinstance(found, dict):
            raise UnusableAnswer("the user info is no object")
        if found.get("sub") != claims["sub"]:
            # Of somebody else: the access token was swapped (OpenID Connect Core 1.0, 5.3.2).
            raise ProviderAnswerWrong("Begin again. If it stays so, tell the operator.")
        if "email" in found:
            return {**claims, self._email_verified: False, **found}
        # What it says of an address that it does not name is not about the one of the ID token.
        return {**found, **claims, self._email_verified: claims.get(self._email_verified)}

    def _log_wrong(self, error: Exception) -> None:
        log.warning("login_provider_answer_wrong", provider=self.name, reason=f"{type(error).__name__}: {error}"[:300])


def _opened(text: str, keys: KeySet) -> tuple[jwt.Token, Key]:
    """The token and the one of these keys that has signed it. Raises JoseError."""
    signed_with: list[Key] = []

    def key_of(token: GuestProtocol) -> Key:
        signed_with.append(guess_key(keys, token, use="sig"))
        return signed_with[-1]

    read = jwt.decode(text, key_of, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))
    return read, signed_with[-1]


def _still_good(url: str) -> Any:
    """What is kept of this address; None when it is too old, or nothing is kept."""
    until, document = _kept.get(url, (0.0, None))
    if time.monotonic() < until:
        return document
    _kept.pop(url, None)
    return None


def _authentication(metadata: dict[str, Any]) -> str:
    """How to say who we are: in the body where that is taken. In the header, servers differ over special characters."""
    offered = metadata.get("token_endpoint_auth_methods_supported")
    is_in_body = isinstance(offered, list) and "client_secret_post" in offered
    return "client_secret_post" if is_in_body else "client_secret_basic"
