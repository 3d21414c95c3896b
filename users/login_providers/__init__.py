"""Other services that say who somebody is, by OpenID Connect or by OAuth 2. No row is read or written here.

Which there are is said by LOGIN_PROVIDERS. `authorize_url` sends a browser there, `identify` asks the provider who it
was that came back; both may call it, so never inside a transaction. What follows from an identity is
`services/provider_logins.py`. Why Authlib, and what of it: docs/decisions/0011-login-providers.md.
"""

from django.conf import settings

from skillbridge_backend.core.errors import NotFound
from users.login_providers.apple import Apple, TeamKey
from users.login_providers.github import github
from users.login_providers.microsoft import OF_ALL_TENANTS, MicrosoftForAll
from users.login_providers.oauth import Endpoints, Fields, OAuthProvider
from users.login_providers.openid import OpenIdProvider
from users.login_providers.provider import Identity, Provider, Registration, Sent

__all__ = ["Identity", "Provider", "Sent", "all_providers", "provider_named"]


def all_providers() -> list[Provider]:
    """Those that the settings name, in their order."""
    return [_provider(name, about) for name, about in settings.LOGIN_PROVIDERS.items()]


def provider_named(name: str) -> Provider:
    """The provider of this name. Raises NotFound."""
    if name not in settings.LOGIN_PROVIDERS:
        raise NotFound
    return _provider(name, settings.LOGIN_PROVIDERS[name])


def _provider(name: str, about: dict[str, str]) -> Provider:
    registration = Registration(
        name=name,
        label=about.get("label") or ("GitHub" if name == "github" else name.replace("-", " ").title()),
        client_id=about["client_id"],
        client_secret=about.get("client_secret", ""),
        scopes=about.get("scopes", ""),
        email_verified_field=about.get("email_verified_field", ""),
        emails_are_verified=about.get("emails_are_verified", "").lower() == "true",
        takes_pkce=about.get("pkce", "").lower() != "false",
    )
    if "issuer" in about:
        return _openid(registration, about)
    if "authorize_url" in about:
        return _oauth(registration, about)
    return github(registration, web_url=about["web_url"].rstrip("/"), api_url=about["api_url"].rstrip("/"))


def _openid(registration: Registration, about: dict[str, str]) -> OpenIdProvider:
    issuer = about["issuer"]
    if "team_id" in about:
        key = TeamKey(about["team_id"], about["key_id"], about["private_key"])
        return Apple(registration, issuer=issuer, key=key)
    if OF_ALL_TENANTS.fullmatch(issuer):
        return MicrosoftForAll(registration, issuer=issuer)
    return OpenIdProvider(registration, issuer=issuer)


def _oauth(registration: Registration, about: dict[str, str]) -> OAuthProvider:
    endpoints = Endpoints(
        authorize=about["authorize_url"],
        token=about["token_url"],
        user_info=about["userinfo_url"],
        emails=about.get("emails_url", ""),
    )
    fields = Fields(
        subject=about["id_field"],
        login=about.get("login_field", ""),
        name=about.get("name_field", ""),
        email=about.get("email_field", ""),
        email_verified=about.get("email_verified_field", ""),
        emails=about.get("emails_field", ""),
        email_primary=about.get("email_primary_field", ""),
    )
    authenticate = about.get("client_authentication") or "client_secret_post"
    return OAuthProvider(registration, endpoints=endpoints, fields=fields, authenticate=authenticate)
