"""Pages of the web on loopback, over HTTP or TLS, that answer as they are told; and who certifies them."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NAMES = ("localhost", "links.test", "other.test")


@dataclass(slots=True)
class Page:
    """How one path answers. `head` is the status of a HEAD where it differs; None hangs up on it.

    `pause_seconds` is before the headers, `drip_seconds` between the bytes of one that never ends.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    head: int | None = -1
    pause_seconds: float = 0.0
    drip_seconds: float = 0.0
    body: bytes = b"hello"


@dataclass(slots=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    host: str
    user_agent: str
    sni: str | None
    began: float
    ended: float = 0.0


@dataclass(slots=True)
class LinkServer:
    """The running server; a path that is not in `pages` is 404."""

    port: int
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        """Of the requests, in order."""
        return [each.method for each in self.requests]


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority's file, for whoever is to trust it, and the file of the server it has certified."""

    trusted: Path
    server: Path

    def context(self) -> ssl.SSLContext:
        """What a client that trusts it verifies with."""
        return ssl.create_default_context(cafile=str(self.trusted))


def authority(folder: Path) -> Authority:
    """One of our own, with a certificate for NAMES and 127.0.0.1."""
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tests")])
    key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    root = certificate(name, key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    names = [x509.DNSName(each) for each in NAMES] + [x509.IPAddress(ip_address("127.0.0.1"))]
    leaf_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "links.test")])
    leaf = certificate(leaf_name, server_key.public_key()).add_extension(x509.SubjectAlternativeName(names), False)
    trusted, server = folder / "authority.pem", folder / "server.pem"
    trusted.write_bytes(root.sign(key, SHA256()).public_bytes(Encoding.PEM))
    server.write_bytes(
        leaf.sign(key, SHA256()).public_bytes(Encoding.PEM)
        + server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return Authority(trusted, server)


class _Handler(BaseHTTPRequestHandler):
    """Answers as the page says."""

    server: "_Server"
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        connection: Any = self.connection
        asked = Asked(
            self.command,
            self.path,
            self.headers["Host"],
            self.headers["User-Agent"],
            getattr(connection, "asked_for", None),
            began=time.monotonic(),
        )
        self.server.state.requests.append(asked)
        page = self.server.state.pages.get(self.path, Page(404))
        try:
            self._answer(page)
        except OSError:  # the client has hung up, as it does on a body that it does not want
            self.close_connection = True
        asked.ended = time.monotonic()

    def _answer(self, page: Page) -> None:
        time.sleep(page.pause_seconds)
        is_head = self.command == "HEAD"
        if is_head and page.head is None:
            self.close_connection = True
            return
        if page.drip_seconds:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(10_000):
                self.wfile.write(b"x")
                time.sleep(page.drip_seconds)
        self.send_response(page.head if is_head and page.head not in {-1, None} else page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if not is_head:
            self.wfile.write(page.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Quiet."""


class _Server(ThreadingHTTPServer):
    """One thread a connection."""

    state: LinkServer
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some of the tests are about."""


@contextmanager
def link_server(certified: Authority | None = None) -> Iterator[LinkServer]:
    """The server on a port of its own until the block ends, with TLS where it is certified."""
    state = LinkServer(port=0)

    server = _Server(("127.0.0.1", 0), _Handler)
    server.state = state
    if certified:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certified.server)

        def remember(connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
            connection.asked_for = name

        context.sni_callback = remember
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
