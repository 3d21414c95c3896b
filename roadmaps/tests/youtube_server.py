"""A server on loopback that speaks what we use of the YouTube Data API v3, and misbehaves on demand."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def video(video_id: str, **changes: Any) -> dict[str, Any]:
    """A public video of 12 minutes and 30 seconds in English, as `videos.list` tells of it."""
    parts = {
        "title": f"Video {video_id}",
        "duration": "PT12M30S",
        "language": "en-US",
        "privacy": "public",
        "upload": "processed",
        **changes,
    }
    return {
        "kind": "youtube#video",
        "id": video_id,
        "snippet": {"title": parts["title"], "channelTitle": "Somebody", "defaultAudioLanguage": parts["language"]},
        "contentDetails": {"duration": parts["duration"]},
        "status": {"uploadStatus": parts["upload"], "privacyStatus": parts["privacy"], "embeddable": True},
    }


@dataclass(slots=True)
class Refusal:
    """An error as the API writes it; `body` where it writes none."""

    status: int
    reason: str = ""
    body: bytes = b""

    @property
    def bytes(self) -> bytes:
        """What goes over the wire."""
        error = {"code": self.status, "message": "words", "errors": [{"domain": "youtube", "reason": self.reason}]}
        return self.body or json.dumps({"error": error}).encode()


@dataclass(slots=True)
class YouTubeServer:
    """The running server: what a search finds, which videos there are, how it refuses, what it was asked."""

    url: str = ""
    found: dict[str, list[str]] = field(default_factory=dict)
    """Ids by the words that are searched for."""
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    """Taken one for each request, before anything else is answered."""
    pause_seconds: float = 0.0
    meanwhile: Callable[[], None] = lambda: None
    """Called between a request and its answer."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def add(self, words: str, *videos: dict[str, Any]) -> None:
        """Videos that a search for these words finds."""
        self.found[words] = [each["id"] for each in videos]
        self.videos |= {each["id"]: each for each in videos}

    @property
    def asked(self) -> list[str]:
        """The methods, in order."""
        return [path.rpartition("/")[2] for path, _ in self.requests]

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        """Status and body."""
        if self.refusals:
            refusal = self.refusals.pop(0)
            return refusal.status, refusal.bytes
        if query.get("key") != "youtube-key":
            refusal = Refusal(400, "badRequest")
            return refusal.status, refusal.bytes
        if path == "/youtube/v3/search":
            ids = self.found.get(query["q"], [])[: int(query["maxResults"])]
            items = [{"kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": each}} for each in ids]
        elif path == "/youtube/v3/videos":
            items = [self.videos[each] for each in query["id"].split(",") if each in self.videos]
        else:
            return 404, b""
        return 200, json.dumps({"kind": "youtube#list", "items": items}).encode()


class _Handler(BaseHTTPRequestHandler):
    """Hands everything to the state."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        self.server.state.requests.append((parts.path, query))
        time.sleep(self.server.state.pause_seconds)
        self.server.state.meanwhile()
        status, body = self.server.state.answer(parts.path, query)
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # the client did not wait
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Quiet."""


class _Server(ThreadingHTTPServer):
    """One thread a connection."""

    daemon_threads = True
    state: YouTubeServer


@contextmanager
def youtube_server() -> Iterator[YouTubeServer]:
    """The server, on a port of its own, until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.state = YouTubeServer(url=f"http://127.0.0.1:{server.server_address[1]}/")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server.state
    finally:
        server.shutdown()
        server.server_close()
