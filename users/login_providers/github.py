"""GitHub, and GitHub Enterprise Server: OAuth 2 without OpenID Connect, so that it is asked over its API who it was.

A wrong code is answered with status 200 and an error in JSON; an address is verified or not by the list of addresses.
"""

from typing import Any

from users.login_providers.provider import (
    Identity,
    Provider,
    Registration,
    Sent,
    UnusableAnswer,
    email_of,
    subject_of,
    text_of,
)

SCOPE = "user:email"
"""The least that tells verified addresses; the rest of what we read is public."""


class GitHub(Provider):
    """GitHub as a login provider."""

    def __init__(self, registration: Registration, *, web_url: str, api_url: str) -> None:
        super().__init__(registration)
        self._web_url, self._api_url = web_url, api_url

    def authorize_url(self, sent: Sent) -> str:
        """Where to send a browser; GitHub is not called."""
        with self._asking(scope=SCOPE) as client:
            url, _ = client.create_authorization_url(
                f"{self._web_url}/login/oauth/authorize",
                state=sent.state,
                code_verifier=sent.verifier,
                redirect_uri=sent.redirect_uri,
            )
        return str(url)

    def identify(self, code: str, sent: Sent) -> Identity:
        """Who came back with this code. Raises ProviderAway, ProviderCodeRefused."""
        with self._asking() as client:
            token = self._token(client, f"{self._web_url}/login/oauth/access_token", code, sent)
            headers = {
                "Authorization": f"Bearer {token['access_token']}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            }
            person = self._json(client, f"{self._api_url}/user", **headers)
            if not isinstance(person, dict):
                raise UnusableAnswer("/user is no object")
            email, is_verified = _primary(self._addresses(client, token, headers))
            return Identity(
                subject=subject_of(person.get("id")),
                email=email,
                is_email_verified=is_verified,
                login=text_of(person.get("login")),
                name=text_of(person.get("name")),
            )

    def _addresses(self, client: Any, token: dict[str, Any], headers: dict[str, str]) -> object:
        """The list of addresses; none where the person did not let us see it."""
        granted = str(token.get("scope", SCOPE)).replace(",", " ").split()
        return self._json(client, f"{self._api_url}/user/emails", **headers) if {SCOPE, "user"} & set(granted) else []


def _primary(addresses: object) -> tuple[str, bool]:
    """The address that mail of GitHub goes to, and whether the person has shown that they read it."""
    for each in addresses if isinstance(addresses, list) else []:
        if isinstance(each, dict) and each.get("primary") is True:
            return email_of(each.get("email")), each.get("verified") is True
    return "", False
