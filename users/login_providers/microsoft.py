"""Microsoft for the people of all tenants, whose issuer is another for each tenant.

The discovery document of `…/common/v2.0` (or `organizations`: all but private accounts) names the issuer
`…/{tenantid}/v2.0`. An ID token names the one of its tenant, and the tenant in the claim `tid`; some keys sign for one
tenant alone. A tenant's administrators write any address into their accounts: what is said of them is worth nothing
here, so that no setting can vouch for it. The claim `xms_edov`, where the app's registration asks for it, says that the
owner of the address's domain has been verified.
"""

import re
from typing import Any

from joserfc.errors import InvalidClaimError
from joserfc.jwk import Key

from users.login_providers.openid import OpenIdProvider
from users.login_providers.provider import Registration, subject_of

OF_ALL_TENANTS = re.compile(r"(?P<host>https?://[^/]+)/(?P<whose>common|organizations)/v2\.0/?")
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRIVATE_ACCOUNTS = "9188040d-6c67-4b5b-b112-36a304b66dad"
"""The tenant of all who are in no organization."""


class MicrosoftForAll(OpenIdProvider):
    """Microsoft as the login provider of whoever has an account there."""

    def __init__(self, registration: Registration, *, issuer: str) -> None:
        super().__init__(registration, issuer=issuer)
        found = OF_ALL_TENANTS.fullmatch(issuer)
        if found is None:
            raise ValueError(f"{issuer} is the issuer of one tenant")
        self._host, self._takes_private = found["host"], found["whose"] == "common"

    def is_mixed_up(self, issuer: str) -> bool:
        """Whether the answer is from elsewhere; which tenant it has to be of, the ID token says."""
        return bool(issuer) and not (issuer.startswith(f"{self._host}/") and issuer.endswith("/v2.0"))

    def _issuer_in_discovery(self) -> str:
        return self._of_tenant("{tenantid}")

    def _issuer_of(self, claims: dict[str, Any], key: Key) -> str:
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
            raise InvalidClaimError("tid")
        if tenant == PRIVATE_ACCOUNTS and not self._takes_private:
            raise InvalidClaimError("tid")
        issuer = self._of_tenant(tenant)
        if str(key.get("issuer", issuer)).replace("{tenantid}", tenant) != issuer:
            raise InvalidClaimError("iss")  # signed with the key of another tenant
        return issuer

    def _subject_of(self, claims: dict[str, Any]) -> str:
        # `sub` is one person's within an issuer (OpenID Connect Core 1.0, 2), and each tenant is one.
        return subject_of(f"{claims['tid']}.{subject_of(claims.get('sub'))}")

    def _of_tenant(self, tenant: str) -> str:
        return f"{self._host}/{tenant}/v2.0"
