"""What can be said of a login provider in LOGIN_PROVIDERS (docs/deployment.md), and what is wrong with what is said.

What is said decides of which kind it is: who has an `issuer` speaks OpenID Connect, Apple with a key of its own; who
has an `authorize_url` speaks OAuth 2; who has neither is GitHub, or a server of GitHub's.
"""

import re
from collections.abc import Iterator, Mapping

from skillbridge_backend.settings.private_keys import pem_in

About = Mapping[str, str]

OF_ALL = frozenset({"client_id", "client_secret", "label", "scopes", "emails_are_verified", "pkce"})
OF_GITHUB = frozenset({"web_url", "api_url"})
OF_OPENID = frozenset({"issuer", "email_verified_field"})
OF_APPLE = frozenset({"team_id", "key_id", "private_key"})
OF_OAUTH = frozenset(
    {"authorize_url", "token_url", "userinfo_url", "id_field"}  # these have to be there
    | {"login_field", "name_field", "email_field", "email_verified_field", "client_authentication"}
    | {"emails_url", "emails_field", "email_primary_field"}
)
ADDRESSES = ("issuer", "web_url", "api_url", "authorize_url", "token_url", "userinfo_url", "emails_url")
WORDS = {
    "emails_are_verified": ("true", "false"),
    "pkce": ("true", "false"),
    "client_authentication": ("client_secret_post", "client_secret_basic"),
}
OF_ALL_TENANTS = re.compile(r"/(common|organizations)/v2\.0/?$")
"""How the issuer ends that Microsoft has for all tenants (`users/login_providers/microsoft.py`)."""


def problems_of(name: str, about: About, *, is_strict: bool) -> Iterator[str]:
    """What is wrong with one provider, to be read behind its name. `is_strict` demands TLS."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", name):
        yield "is no name: write up to 30 lower-case letters, digits and dashes"
    known, needed = _settings_of(name, about)
    for field in sorted(about.keys() - known):
        yield f"has {field}, which is not known: write {', '.join(sorted(known))}"
    for field in needed:
        if not about.get(field):
            yield f"has no {field}"
    for field in ADDRESSES:
        safe = ("https://",) if is_strict else ("https://", "http://")
        if about.get(field) and not about[field].startswith(safe):
            yield f"has {field} {about[field]!r}: it must start with https://"
    for field, words in WORDS.items():
        if about.get(field, words[0]).lower() not in words:
            yield f"has {field} {about[field]!r}: write {' or '.join(words)}"
    yield from _problems_of_openid(about)


def _settings_of(name: str, about: About) -> tuple[frozenset[str], tuple[str, ...]]:
    """Which settings a provider of this kind may have, and which it needs, in the order of complaints."""
    if OF_APPLE & about.keys():
        known = (OF_ALL | OF_OPENID | OF_APPLE) - {"client_secret"}
        return known, ("client_id", "issuer", "team_id", "key_id", "private_key")
    if "authorize_url" in about:
        primary = ("email_field", "email_primary_field") if "emails_url" in about else ()
        needed = ("client_id", "client_secret", "authorize_url", "token_url", "userinfo_url", "id_field", *primary)
        return OF_ALL | OF_OAUTH, needed
    if name == "github" or "web_url" in about:
        return OF_ALL | OF_GITHUB, ("client_id", "client_secret", "web_url", "api_url")
    return OF_ALL | OF_OPENID, ("client_id", "client_secret", "issuer")


def _problems_of_openid(about: About) -> Iterator[str]:
    issuer = about.get("issuer", "")
    if issuer and about.get("scopes") and "openid" not in about["scopes"].split():
        yield f"has scopes {about['scopes']!r}: openid must be among them"
    if OF_ALL_TENANTS.search(issuer) and about.get("emails_are_verified", "").lower() == "true":
        yield "has emails_are_verified, which nobody can say of all tenants: write email_verified_field, or neither"
    if about.get("private_key") and not pem_in(about["private_key"]):
        yield "has a private_key that is no PEM private key on P-256 in base64"
