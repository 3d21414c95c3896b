"""Connections on which nothing takes longer than is left: neither a name's resolution, nor a byte now and then.

For httpcore2, whose own timeouts are for each read and each write. Which addresses may be gone to is the caller's.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from ssl import SSLContext
from typing import Any

import httpcore2

Resolve = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host, as text. Raises OSError."""
Left = Callable[[], float]
"""Seconds that are left. Raises httpcore2.TimeoutException when there are none."""

ADDRESS_ERRORS = (ValueError, OverflowError)
"""What libraries say of names, ports and brackets that are none, beside their own InvalidURL."""
WRITTEN_AT_ONCE = 16 * 1024
"""Bytes; so many go in one piece into what a socket with room takes."""


def resolve(host: str, port: int) -> list[str]:
    """What the system says. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def left_until(ends: float) -> float:
    """Seconds until then, by the monotonic clock. Raises httpcore2.PoolTimeout when there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore2.PoolTimeout("no answer in time")
    return left


class BoundedBackend(httpcore2.NetworkBackend):
    """Connects to whichever of a host's addresses takes one, within what is left."""

    def __init__(self, left: Left, resolve: Resolve = resolve) -> None:
        self._left, self._resolve = left, resolve
        self._inner = httpcore2.SyncBackend()

    def demand(self, address: str) -> None:
        """Raises for an address that nobody is to go to; here there is none."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address that takes one."""
        addresses = self._resolved(host, port)
        for address in addresses:
            self.demand(address)
        failure: Exception = httpcore2.ConnectError("the host has no address")
        for place, address in enumerate(addresses):
            # So that an address that swallows everything leaves time for the others.
            share = self._left() / (len(addresses) - place)
            try:
                return BoundedStream(
                    self._inner.connect_tcp(address, port, share, local_address, socket_options), self._left
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """In a thread, for the system's resolver knows no deadline."""
        found: list[Sequence[str]] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                found.append(self._resolve(host, port))
            except (OSError, *ADDRESS_ERRORS) as error:
                failed.append(error)

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self._left())
        if failed:
            raise httpcore2.ConnectError("the host is not known") from failed[0]
        if not found:
            raise httpcore2.ConnectTimeout("the host's name was not resolved in time")
        return found[0]


class BoundedStream(httpcore2.NetworkStream):
    """A stream on which a byte now and then does not put the end off."""

    def __init__(self, inner: httpcore2.NetworkStream, left: Left) -> None:
        self._inner, self._left = inner, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the inner one, within the time that is left."""
        return self._inner.read(max_bytes, self._bounded(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the inner one, within the time that is left; in pieces, for the inner one has its timeout for each."""
        view = memoryview(buffer)
        for start in range(0, len(view), WRITTEN_AT_ONCE):
            self._inner.write(bytes(view[start : start + WRITTEN_AT_ONCE]), self._bounded(timeout))

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Encrypted from here on, for the name that was asked for."""
        encrypted = self._inner.start_tls(ssl_context, server_hostname, self._bounded(timeout))
        return BoundedStream(encrypted, self._left)

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        """What the inner one knows."""
        return self._inner.get_extra_info(info)

    def _bounded(self, timeout: float | None) -> float:
        left = self._left()
        return left if timeout is None else min(left, timeout)
