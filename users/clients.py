"""Where a request comes from: the network address and the program, for the audit trail and the limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

LONGEST_USER_AGENT = 200


@dataclass(frozen=True, slots=True)
class Client:
    """The far side of a request; `ip_address` is None when it is not known."""

    ip_address: str | None = None
    user_agent: str = ""

    @property
    def counted_address(self) -> str:
        """The IPv4 address, or the /64 of the IPv6 address; '' when not known, so that all such share a count.

        Whoever has an IPv6 address has the 2^64 beside it too: a count for a single one would count nothing.
        """
        address = self._parsed()
        if isinstance(address, IPv6Address):
            return str(IPv6Network((int(address), 64), strict=False))
        return str(address or "")

    @property
    def network(self) -> str:
        """The neighbourhood: the /24 of an IPv4 address, the /48 of an IPv6 address; '' when not known.

        Of IPv6 a site has a /48 or a part of it, which is up to 65,536 times a `counted_address`.
        """
        address = self._parsed()
        if isinstance(address, IPv6Address):
            return str(IPv6Network((int(address), 48), strict=False))
        return str(IPv4Network((int(address), 24), strict=False)) if address else ""

    def _parsed(self) -> IPv4Address | IPv6Address | None:
        """The address, an IPv4 one when it is one in the clothes of IPv6 (::ffff:192.0.2.1)."""
        address = ip_address(self.ip_address) if self.ip_address else None
        return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address

    def claims(self) -> dict[str, str]:
        """What the database is told of it, for the audit trail; PostgreSQL's `inet` knows no zone of an address."""
        address = {"ip": self.ip_address} if self.ip_address and "%" not in self.ip_address else {}
        return {**address, "user_agent": self.user_agent}


def client_of(request: HttpRequest) -> Client:
    """The client of `request`.

    Of X-Forwarded-For only the entries that our own TRUSTED_PROXIES have appended count, from the right: what stands
    left of them was written by the client and may be anything.
    """
    headers = request.headers
    return _client(
        request.META.get("REMOTE_ADDR", ""), headers.get("X-Forwarded-For", ""), headers.get("User-Agent", "")
    )


def client_of_connection(scope: Mapping[str, Any]) -> Client:
    """The client of an ASGI connection, such as a WebSocket."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
    address = (scope.get("client") or ("",))[0]
    return _client(address, headers.get("x-forwarded-for", ""), headers.get("user-agent", ""))


def _client(address: str, forwarded_for: str, user_agent: str) -> Client:
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in forwarded_for.split(",")]
        address = hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else address
    return Client(_valid_address(address), user_agent.replace("\0", "")[:LONGEST_USER_AGENT])


def _valid_address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
