"""Apple: OpenID Connect, with a secret that is signed, an answer that is posted, and a name that comes once.

The client secret is a JWT of ours, signed with a key that Apple gave to the team (ES256). Apple takes one for up to six
months; it is made anew for each login and good for minutes, so that none is kept and none runs out.
"""

import time
from dataclasses import dataclass
from typing import ClassVar

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

from users.login_providers.openid import OpenIdProvider
from users.login_providers.provider import Registration, text_of

SECRET_SECONDS = 300


@dataclass(frozen=True, slots=True)
class TeamKey:
    """A key of a team of developers, for Sign in with Apple."""

    team_id: str
    key_id: str
    private_key: str
    """On P-256, as PEM: what is in the file that Apple lets one download once."""


class Apple(OpenIdProvider):
    """Apple as a login provider."""

    posts_answer: ClassVar[bool] = True
    scopes: ClassVar[str] = "openid email name"
    # Whoever asks for a name or an address has to take the answer as a form.
    authorize_parameters: ClassVar[dict[str, str]] = {"response_mode": "form_post"}

    def __init__(self, registration: Registration, *, issuer: str, key: TeamKey) -> None:
        super().__init__(registration, issuer=issuer)
        self._key = key

    def name_in(self, user: str) -> str:
        """Of the `user` that Apple posts beside the first code, and never again. Nothing signs it."""
        try:
            name = orjson.loads(user)["name"]
            parts = [text_of(name.get(part)) for part in ("firstName", "lastName")]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return ""
        return text_of(" ".join(filter(None, parts)))

    def _client_secret(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._key.team_id,
            "sub": self._registration.client_id,
            "aud": self._issuer,
            "iat": now,
            "exp": now + SECRET_SECONDS,
        }
        return jwt.encode({"alg": "ES256", "kid": self._key.key_id}, claims, ECKey.import_key(self._key.private_key))
