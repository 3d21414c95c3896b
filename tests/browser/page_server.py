"""What Chromium meets beside SkillBridge, on loopback: the client's page, and the two things that no page can do.

`localhost` names it, so that it is on the same site as the API, at another origin. Its Content-Security-Policy is as
strict as a careful operator's: own scripts, requests to the API, pictures in `data:` for the QR code.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CLIENT = Path(__file__).parent / "client"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
Act = Callable[[], None]


class PageServer(ThreadingHTTPServer):
    """The files of the client and of its library, and `acts`: what POST to a path of theirs does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api = ""
        self.library = Path()
        self.acts: Mapping[str, Act] = {}

    @property
    def url(self) -> str:
        """As a browser names it."""
        return f"http://localhost:{self.server_port}"

    def content_of(self, path: str) -> tuple[str, bytes] | None:
        """Type and content of a file; None where there is none."""
        if path == "/config.json":
            return _TYPES[".json"], json.dumps({"api": f"{self.api}/api/v1/"}).encode()
        folder, name = (self.library, path.removeprefix("/lib/simplewebauthn/"))
        if name == path:
            folder, name = CLIENT, path.strip("/") or "index.html"
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file() or file.suffix not in _TYPES:
            return None
        return _TYPES[file.suffix], file.read_bytes()

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of the client."""
        return f"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {self.api}"


class Handler(BaseHTTPRequestHandler):
    """GET of a file, POST of an act."""

    protocol_version = "HTTP/1.1"
    server: PageServer

    def do_GET(self) -> None:
        found = self.server.content_of(urlsplit(self.path).path)
        self._answer(200 if found else 404, *(found or ("text/plain", b"no such page")))

    def do_POST(self) -> None:
        act = self.server.acts.get(urlsplit(self.path).path)
        if act:
            act()
        self._answer(204 if act else 404, "text/plain", b"")

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", self.server.policy)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Quiet."""


@contextmanager
def page_server() -> Iterator[PageServer]:
    """The server, on a port of its own, until the block ends."""
    server = PageServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
