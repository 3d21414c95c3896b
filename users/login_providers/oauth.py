"""Any OAuth 2 provider without OpenID Connect: it is asked over its API who it was. The settings say where and how.

An ID token is signed, for us, and for one login. Here nothing is: that the person is the one who came back follows from
the code alone, which is why the verifier of PKCE goes along wherever the provider takes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of a provider; `emails` is '' where the address is among what `user_info` tells."""

    authorize: str
    token: str
    user_info: str
    emails: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """Where an answer has what: names of its fields, with dots into objects; '' is for what it does not tell."""

    subject: str
    login: str = ""
    name: str = ""
    email: str = ""
    email_verified: str = ""
    emails: str = ""
    """The list in what `Endpoints.emails` answers; '' when that is the list."""
    email_primary: str = ""


class OAuthProvider(Provider):
    """A provider that is known by its addresses and its fields."""

    def __init__(
        self,
        registration: Registration,
        *,
        endpoints: Endpoints,
        fields: Fields,
        authenticate: str = "client_secret_post",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`authenticate`: how the token endpoint is told who we are; `headers`: of requests to the API."""
        super().__init__(registration)
        self._endpoints, self._fields, self._authenticate = endpoints, fields, authenticate
        self._headers = dict(headers or {})

    def authorize_url(self, sent: Sent) -> str:
        """Where to send a browser; the provider is not called."""
        with self._asking(scope=self._registration.scopes) as client:
            url, _ = client.create_authorization_url(
                self._endpoints.authorize,
                state=sent.state,
                code_verifier=sent.verifier,
                redirect_uri=sent.redirect_uri,
            )
        return str(url)

    def identify(self, code: str, sent: Sent) -> Identity:
        """Who came back with this code. Raises ProviderAway, ProviderCodeRefused."""
        fields = self._fields
        with self._asking(authenticate=self._authenticate) as client:
            token = self._token(client, self._endpoints.token, code, sent)
            headers = {**self._headers, "Authorization": f"Bearer {token['access_token']}"}
            person = self._json(client, self._endpoints.user_info, headers)
            if not isinstance(person, dict):
                raise UnusableAnswer("the user info is no object")
            address = self._primary(client, headers) if self._endpoints.emails else person
            return Identity(
                subject=subject_of(_at(person, fields.subject)),
                email=email_of(_at(address, fields.email)),
                is_email_verified=is_yes(_at(address, fields.email_verified)) or self._registration.emails_are_verified,
                login=text_of(_at(person, fields.login)),
                name=text_of(_at(person, fields.name)),
            )

    def _primary(self, client: Any, headers: Mapping[str, str]) -> object:
        """The address that the provider writes to, with what is said of it; None where we may not see it."""
        answer = self._json(client, self._endpoints.emails, headers, withheld=(403, 404))
        listed = _at(answer, self._fields.emails) if self._fields.emails else answer
        for each in listed if isinstance(listed, list) else []:
            if _at(each, self._fields.email_primary) is True:
                return each
        return None


def _at(document: object, path: str) -> object:
    """What stands there; None where nothing does."""
    found: object = document if path else None
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
