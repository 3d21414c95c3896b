"""A server on loopback that speaks what the planner uses of the OpenAI protocol, and misbehaves on demand.

It answers `POST /v1/chat/completions` with whatever its `answer` makes of the request, and keeps every request.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Modules = list[dict[str, Any]]


@dataclass(slots=True)
class Answer:
    """What goes over the wire. `pause_seconds` is before the headers, `drip_seconds` between the bytes of the body."""

    body: bytes
    status: int = 200
    pause_seconds: float = 0.0
    drip_seconds: float = 0.0
    cut_after: int | None = None


def completion(content: str | None, *, finish_reason: str = "stop", refusal: str | None = None) -> bytes:
    """A chat completion with this content, as the real service writes it."""
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_780_000_000,
            "model": "test-model-2026",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finish_reason,
                    "logprobs": None,
                    "message": {"role": "assistant", "content": content, "refusal": refusal},
                }
            ],
            "usage": {"prompt_tokens": 321, "completion_tokens": 123, "total_tokens": 444},
        }
    ).encode()


def modules_asked(request: dict[str, Any]) -> Modules:
    """The modules of the prompt, as the model may send them back."""
    prompt = json.loads(request["messages"][1]["content"])
    return [
        {
            "key": module["key"],
            "skill": module["skill"],
            "title": f"Worded: {module['title']}",
            "description": "You will do it, and know by the result that you are done.",
            "minutes": module["minutes"],
        }
        for module in prompt["modules"]
    ]


def worded(change: Callable[[Modules], Any] = lambda modules: modules) -> Callable[[dict[str, Any]], Answer]:
    """An answer with the modules asked for, after `change` has been made to them."""

    def answer(request: dict[str, Any]) -> Answer:
        return Answer(completion(json.dumps({"modules": change(modules_asked(request))})))

    return answer


@dataclass(slots=True)
class OpenAiServer:
    """The running server: its address, its behaviour, what it was asked."""

    url: str
    answer: Callable[[dict[str, Any]], Answer] = field(default_factory=worded)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    idempotency_keys: list[str] = field(default_factory=list)


@contextmanager
def openai_server() -> Iterator[OpenAiServer]:
    """The server, on a port of its own, until the block ends."""
    state = OpenAiServer(url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/chat/completions"
            state.requests.append(request)
            state.keys.append(self.headers["Authorization"])
            state.idempotency_keys.append(self.headers["Idempotency-Key"])
            answer = state.answer(request)
            time.sleep(answer.pause_seconds)
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            try:
                self._write(answer)
            except OSError:  # the client has hung up, which is what some of the tests are about
                self.close_connection = True

        def _write(self, answer: Answer) -> None:
            body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
            if answer.drip_seconds:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(answer.drip_seconds)
            else:
                self.wfile.write(body)
            if answer.cut_after is not None:
                self.close_connection = True
                self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
