"""GitHub, and GitHub Enterprise Server, by the addresses of its pages and of its API.

A wrong code is answered with status 200 and an error in JSON; an address is verified or not by the list of addresses.
"""

from dataclasses import replace

from users.login_providers.oauth import Endpoints, Fields, OAuthProvider
from users.login_providers.provider import Registration

SCOPE = "user:email"
"""The least that tells verified addresses; the rest of what we read is public."""

FIELDS = Fields(
    subject="id", login="login", name="name", email="email", email_verified="verified", email_primary="primary"
)
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def github(registration: Registration, *, web_url: str, api_url: str) -> OAuthProvider:
    """GitHub as a login provider."""
    endpoints = Endpoints(
        authorize=f"{web_url}/login/oauth/authorize",
        token=f"{web_url}/login/oauth/access_token",
        user_info=f"{api_url}/user",
        emails=f"{api_url}/user/emails",
    )
    registration = replace(registration, scopes=registration.scopes or SCOPE)
    return OAuthProvider(registration, endpoints=endpoints, fields=FIELDS, headers=HEADERS)
