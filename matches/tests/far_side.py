"""A server on loopback that stands in the matcher's place and misbehaves on demand: real sockets, real HTTP."""

import json
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass
class SeenRequest:
    """What the server was asked."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class FarSide:
    """`behaviour` names the method below that answers, without its underscore."""

    def __init__(self) -> None:
        self.behaviour = "answer"
        self.answer: dict[str, Any] = {}
        self.retry_after = "0"
        """What `busy` says."""
        self.requests: list[SeenRequest] = []
        self.was_dropped = threading.Event()
        """Somebody stopped waiting for the answer of `waits`."""
        self._closing = threading.Event()
        far_side = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                far_side.requests.append(SeenRequest(self.path, dict(self.headers.items()), body))
                getattr(far_side, f"_{far_side.behaviour}")(self)

            def log_request(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def suggesting(mentor: str) -> dict[str, Any]:
        return {
            "solver": "far-side",
            "version": "0",
            "input_hash": "0" * 64,
            "excluded": {},
            "suggestions": [
                {
                    "mentor": mentor,
                    "score": 4095,
                    "components": {"skills": {"points": 4095, "value": 1000, "weight": 500}},
                    "matched_skills": [{"skill": "python", "have": 5, "wanted": 4, "through": None}],
                    "overlap_minutes": 0,
                    "shared_languages": ["en"],
                }
            ],
        }

    def _send(self, handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 200, json.dumps(self.answer).encode())

    def _garbage(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        handler.close_connection = True

    def _not_json(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 200, b"<html>")

    def _status_500(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 500, b'{"code": "internal_error"}')

    def _status_422(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 422, b'{"code": "invalid_request"}')

    def _too_large(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 413, b'{"code": "payload_too_large", "detail": "The body is over 64 MiB.", "errors": []}')

    def _too_many(self, handler: BaseHTTPRequestHandler) -> None:
        fault = {"code": "too_many", "field": "learners", "message": "too many choices are exactly as good"}
        problem = {"code": "invalid_request", "detail": "The request is not valid.", "errors": [fault]}
        self._send(handler, 422, json.dumps(problem).encode())

    def _busy(self, handler: BaseHTTPRequestHandler) -> None:
        """For the first two who ask."""
        if len(self.requests) > 2:
            self._answer(handler)
            return
        handler.send_response(503)
        handler.send_header("Retry-After", self.retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def _unauthorized(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 401, b'{"code": "unauthorized"}')

    def _foreign(self, handler: BaseHTTPRequestHandler) -> None:
        self._send(handler, 200, b'["another service"]')

    def _silent(self, handler: BaseHTTPRequestHandler) -> None:
        self._closing.wait(5)
        handler.close_connection = True

    def _waits(self, handler: BaseHTTPRequestHandler) -> None:
        """Works for as long as anybody waits for it."""
        if handler.connection.recv(1) == b"":
            self.was_dropped.set()
        handler.close_connection = True

    def _drips(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        try:
            while not self._closing.is_set():
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    def _drips_headers(self, handler: BaseHTTPRequestHandler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self._closing.is_set():
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    def _drops_first(self, handler: BaseHTTPRequestHandler) -> None:
        if len(self.requests) > 1:
            self._answer(handler)
            return
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    def _floods(self, handler: BaseHTTPRequestHandler) -> None:
        block = b" " * 2**20
        handler.send_response(200)
        handler.send_header("Content-Length", str(66 * len(block)))
        handler.end_headers()
        try:
            for _ in range(66):
                handler.wfile.write(block)
        except OSError:
            handler.close_connection = True
