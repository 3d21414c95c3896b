"""Whether an address of the web answers, asked politely and from nowhere but the public internet. No database.

HEAD first, GET where that is refused; of a body nothing is read. Each connection resolves its host once, refuses it
when any of its addresses is not public, and goes to an address that was looked at: what the name means a moment later
makes no difference. That holds for every redirect as well. One deadline over everything, name resolution included.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext
from typing import Protocol

import httpcore2
import httpx2
import redis
import structlog
from django.conf import settings

from roadmaps.sites import host_of, site_of
from skillbridge_backend.core.bounded_connections import (
    ADDRESS_ERRORS,
    BoundedBackend,
    Resolve,
    left_until,
    resolve,
)
from skillbridge_backend.core.retry_after import seconds_of

LONGEST_SECONDS = 10.0
"""Of one check with all its redirects."""
HEAD_SECONDS = 4.0
"""Of that, how long a server may be silent about a HEAD before it is sent a GET."""
MOST_REDIRECTS = 5
LONGEST_URL = 500
THREADS = 16
"""Sites that are asked at once where many links are checked together."""
PORTS = {"https": 443, "http": 80}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
REFUSALS = frozenset({401, 403, 405})
LEAST_RETRY_SECONDS, DEFAULT_RETRY_SECONDS, MOST_RETRY_SECONDS = 60.0, 3600.0, 86_400.0
NAT64 = IPv6Network("64:ff9b::/96")
LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")

Address = IPv4Address | IPv6Address

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What a check came to."""

    ANSWERED = "answered"
    FAILED = "failed"
    REFUSED = "refused"
    """Somebody is there who does not show the page to us: it may be there for people."""
    POSTPONED = "postponed"
    """Nothing is known: we were asked to come back later, or it was not our turn."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How an address answered. `final_url` is where its redirects ended, and only there when it answered."""

    outcome: Outcome
    final_url: str = ""
    status: int | None = None
    redirects: tuple[str, ...] = ()
    error: str = ""
    retry_seconds: float = 0.0

    @property
    def is_unreachable(self) -> bool:
        """Whether nothing at all came back, which may be our own network's fault."""
        return self.outcome == Outcome.FAILED and self.status is None and not self.redirects


class BusyError(Exception):
    """It is not our turn at this host, and will not be within the time that there is."""

    def __init__(self, seconds: float) -> None:
        super().__init__("somebody else's turn")
        self.seconds = seconds


class Turns(Protocol):
    """Who may ask a host when."""

    def turn(self, host: str, *, ends: float) -> AbstractContextManager[None]:
        """One request's turn at this host's site, waited for until `ends` of the monotonic clock. Raises BusyError."""

    def leave_alone(self, host: str, *, seconds: float) -> None:
        """Nobody's turn for so long."""


class RefusedError(Exception):
    """We do not go there; the message says why."""


def is_public(address: str, *, allows_loopback: bool = False) -> bool:
    """Whether an IP address, and the one it may carry inside, is of the public internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if allows_loopback and ip.is_loopback:
        return True
    return all(_is_public(each) for each in _with_inner(ip))


def _with_inner(ip: Address) -> list[Address]:
    """The address, and the IPv4 address that a translator or tunnel would go to for it."""
    if isinstance(ip, IPv4Address):
        return [ip]
    if ip.ipv4_mapped:
        return [ip.ipv4_mapped]
    inner: list[Address] = [ip]
    if ip.sixtofour:
        inner.append(ip.sixtofour)
    if ip.teredo:
        inner += ip.teredo
    if ip in NAT64:
        inner.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return inner


def _is_public(ip: Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip in NAT64:  # what it stands for is looked at by itself
            return True
        if ip.is_site_local or ip in LOCAL_NAT64:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class LinkChecker:
    """Checks addresses one at a time; threads may share one."""

    def __init__(
        self,
        turns: Turns,
        *,
        resolve: Resolve = resolve,
        ssl_context: SSLContext | None = None,
        allows_loopback: bool | None = None,
    ) -> None:
        self._turns, self._resolve = turns, resolve
        self._ssl_context = ssl_context or httpcore2.default_ssl_context()
        self._allows_loopback = settings.LINK_CHECK_ALLOWS_LOOPBACK if allows_loopback is None else allows_loopback
        self._headers: dict[bytes | str, bytes | str] = {
            "User-Agent": f"SkillBridge-LinkCheck/1.0 (+{settings.PUBLIC_URL})",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }

    def check(self, url: str, *, seconds: float = LONGEST_SECONDS) -> Checked:
        """What becomes of a request to `url`. Never raises for what it says or the far side does; RedisError passes."""
        ends = time.monotonic() + seconds
        redirects: list[str] = []
        try:
            backend = _PublicBackend(self._resolve, ends, allows_loopback=self._allows_loopback)
            with httpcore2.ConnectionPool(ssl_context=self._ssl_context, network_backend=backend) as pool:
                at = self._address(url)
                while True:
                    status, headers = self._answer(pool, at, ends)
                    if status not in REDIRECTS:
                        break
                    at = self._following(at, headers, redirects)
            return self._checked(at, status, headers, tuple(redirects))
        except BusyError as busy:
            return Checked(Outcome.POSTPONED, redirects=tuple(redirects), retry_seconds=busy.seconds)
        except (RefusedError, OSError, *HTTP_ERRORS, *ADDRESS_ERRORS) as error:
            return Checked(Outcome.FAILED, redirects=tuple(redirects), error=_words(error))

    def check_one_of_many(self, url: str, *, seconds: float = LONGEST_SECONDS) -> Checked:
        """As `check`, and a fault of ours is logged and counts as a failure: the other links are not to suffer for it.

        RedisError passes, for without turns nobody is asked.
        """
        try:
            return self.check(url, seconds=seconds)
        except redis.RedisError:
            raise
        except Exception as error:
            log.exception("link_check_failed", url=url)
            return Checked(Outcome.FAILED, error=type(error).__name__)

    def check_all(self, urls: Iterable[str], *, seconds: float) -> dict[str, Checked]:
        """What becomes of each that could be asked in time. Sites side by side, the links of one in their order.

        A link whose check goes wrong has failed, whatever the reason. RedisError passes.
        """
        ends = time.monotonic() + seconds
        by_site: dict[str, list[str]] = defaultdict(list)
        for url in urls:
            by_site[site_of(host_of(url))].append(url)

        def asked(group: list[str]) -> list[tuple[str, Checked]]:
            return [
                (url, self.check_one_of_many(url, seconds=min(LONGEST_SECONDS, left)))
                for url in group
                if (left := ends - time.monotonic()) > 0
            ]

        with ThreadPoolExecutor(THREADS) as threads:
            return {url: checked for group in threads.map(asked, by_site.values()) for url, checked in group}

    def _checked(self, at: httpx2.URL, status: int, headers: dict[str, str], redirects: tuple[str, ...]) -> Checked:
        wait = seconds_of(headers.get("retry-after", ""))
        if status == 429 or (status == 503 and wait is not None):
            wait = DEFAULT_RETRY_SECONDS if wait is None else wait
            wait = min(max(wait, LEAST_RETRY_SECONDS), MOST_RETRY_SECONDS)
            self._turns.leave_alone(at.host, seconds=wait)
            return Checked(
                Outcome.POSTPONED, status=status, redirects=redirects, error=f"answered {status}", retry_seconds=wait
            )
        if 200 <= status < 300:
            return Checked(Outcome.ANSWERED, final_url=str(at), status=status, redirects=redirects)
        outcome = Outcome.REFUSED if status in REFUSALS else Outcome.FAILED
        return Checked(outcome, status=status, redirects=redirects, error=f"answered {status}")

    def _following(self, at: httpx2.URL, headers: dict[str, str], redirects: list[str]) -> httpx2.URL:
        """Where a redirect leads; it is added to `redirects`. Raises RefusedError."""
        if len(redirects) == MOST_REDIRECTS:
            raise RefusedError(f"more than {MOST_REDIRECTS} redirects")
        location = headers.get("location", "")
        if not location:
            raise RefusedError("a redirect to nowhere")
        try:
            following = self._address(str(at.join(location)))
        except httpx2.InvalidURL as error:
            raise RefusedError("no address") from error
        if at.scheme == "https" and following.scheme == "http":
            raise RefusedError("a redirect from https to http")
        redirects.append(str(following))
        return following

    def _address(self, url: str) -> httpx2.URL:
        """The address, as far as one can tell before its host is resolved. Raises RefusedError."""
        try:
            at = httpx2.URL(url)
        except httpx2.InvalidURL as error:
            raise RefusedError("no address") from error
        if at.scheme not in PORTS or not at.host:
            raise RefusedError("no address of the web")
        if at.userinfo:
            raise RefusedError("an address with a password")
        if len(str(at)) > LONGEST_URL:
            raise RefusedError(f"an address of more than {LONGEST_URL} characters")
        if at.port not in {None, PORTS[at.scheme]} and not self._allows_loopback:
            raise RefusedError(f"port {at.port}")
        return at

    def _answer(self, pool: httpcore2.ConnectionPool, at: httpx2.URL, ends: float) -> tuple[int, dict[str, str]]:
        """Status and headers of HEAD, or of GET where HEAD is refused or not understood."""
        try:
            status, headers = self._ask(pool, "HEAD", at, ends, read_seconds=HEAD_SECONDS)
            if status < 400 or status == 429:
                return status, headers
        except (httpcore2.ReadTimeout, httpcore2.ReadError, httpcore2.RemoteProtocolError):
            pass
        return self._ask(pool, "GET", at, ends, read_seconds=LONGEST_SECONDS)

    def _ask(
        self, pool: httpcore2.ConnectionPool, method: str, at: httpx2.URL, ends: float, *, read_seconds: float
    ) -> tuple[int, dict[str, str]]:
        left = left_until(ends)
        url = httpcore2.URL(scheme=at.raw_scheme, host=at.raw_host, port=at.port, target=at.raw_path)
        headers: dict[bytes | str, bytes | str] = {"Host": at.netloc.decode("ascii"), **self._headers}
        timeout = {"connect": left, "read": min(left, read_seconds), "write": left, "pool": left}
        with (
            self._turns.turn(at.host, ends=ends),
            pool.stream(method, url, headers=headers, extensions={"timeout": timeout}) as response,
        ):
            if method == "HEAD":
                response.read()  # nothing, and the connection can take the next request
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return response.status, told


class _PublicBackend(BoundedBackend):
    """Connects to public addresses only, and lets nothing take longer than until `ends`."""

    def __init__(self, resolve: Resolve, ends: float, *, allows_loopback: bool) -> None:
        super().__init__(lambda: left_until(ends), resolve)
        self._allows_loopback = allows_loopback

    def demand(self, address: str) -> None:
        """Raises RefusedError for one that is not public."""
        if not is_public(address, allows_loopback=self._allows_loopback):
            raise RefusedError("an address inside of a network")


HTTP_ERRORS = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


def _words(error: Exception) -> str:
    """What went wrong, in a line that fits into the table."""
    if isinstance(error, httpcore2.TimeoutException):
        return "no answer in time"
    return f"{error}"[:200] or type(error).__name__
