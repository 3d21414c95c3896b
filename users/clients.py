"""Where an account request comes from: the network address and the program, for the audit trail and the login limit."""

from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

LONGEST_USER_AGENT = 200


@dataclass(frozen=True, slots=True)
class Client:
    """The far side of a request; `ip_address` is None when it is not known."""

    ip_address: str | None = None
    user_agent: str = ""

    def claims(self) -> dict[str, str]:
        """What the database is told of it, for the audit trail; PostgreSQL's `inet` knows no zone of an address."""
        address = {"ip": self.ip_address} if self.ip_address and "%" not in self.ip_address else {}
        return {**address, "user_agent": self.user_agent}


def client_of(request: HttpRequest) -> Client:
    """The client of `request`.

    Of X-Forwarded-For only the entries that our own TRUSTED_PROXIES have appended count, from the right: what stands
    left of them was written by the client and may be anything.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        address = hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else address
    return Client(_valid_address(address), request.headers.get("User-Agent", "").replace("\0", "")[:LONGEST_USER_AGENT])


def _valid_address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
