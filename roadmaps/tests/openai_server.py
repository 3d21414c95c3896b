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
    """What goes over the wire. `pause_seconds` is before the headers, `drip_seconds` between the bytes of the body.

    A streamed answer that is cut after so many bytes ends without the last chunk, or with the connection.
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream; charset=utf-8"
    pause_seconds: float = 0.0
    drip_seconds: float = 0.0
    cut_after: int | None = None


USAGE = {"prompt_tokens": 321, "completion_tokens": 123, "total_tokens": 444}


def completion(
    content: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: dict[str, int] | None = USAGE,
    piece: int = 40,
) -> bytes:
    """A streamed chat completion with this content in pieces, as the real service writes it."""

    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return _chunk([{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}])

    text = content or ""
    chunks = [chunk({"role": "assistant", "content": "", "refusal": refusal})]
    chunks += [chunk({"content": text[place : place + piece]}) for place in range(0, len(text), piece)]
    chunks += [chunk({}, finish_reason), {**_chunk([]), "usage": usage}]
    frames = [f"data: {json.dumps(each)}\n\n" for each in chunks]
    return "".join([*frames, "data: [DONE]\n\n"]).encode()


def _chunk(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_780_000_000,
        "model": "test-model-2026",
        "choices": choices,
        "usage": None,
    }


def whole_completion(content: str | None, *, finish_reason: str = "stop") -> Answer:
    """The same from a service that does not stream."""
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "finish_reason": finish_reason, "logprobs": None, "message": message}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_780_000_000,
        "model": "test-model-2026",
        "choices": [choice],
        "usage": USAGE,
    }
    return Answer(json.dumps(body).encode(), content_type="application/json")


def refused(status: int, *, code: str = "", headers: dict[str, str] | None = None) -> Answer:
    """A refusal of the service, with a message that is nobody's business."""
    body = {"error": {"message": "secret detail", "type": "x", "code": code or None}}
    return Answer(json.dumps(body).encode(), status=status, headers=headers or {}, content_type="application/json")


def modules_asked(request: dict[str, Any]) -> Modules:
    """The modules of the prompt, as the model may send them back; after a repair those that were wrong."""
    prompt = json.loads(request["messages"][1]["content"])
    repair = request["messages"][2]["content"].partition("\n")[2] if len(request["messages"]) > 2 else ""
    wanted = json.loads(repair) if repair else {module["key"] for module in prompt["modules"]}
    return [
        {
            "key": module["key"],
            "skill": module["skill"],
            "title": f"Worded: {module['title']}",
            "description": "You will do it, and know by the result that you are done.",
            "minutes": module["minutes"],
            "links": [],
        }
        for module in prompt["modules"]
        if module["key"] in wanted
    ]


Behaviour = Callable[[dict[str, Any]], Answer]


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour after the other, the last one for all requests that follow."""
    left = list(behaviours)

    def answer(request: dict[str, Any]) -> Answer:
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


def worded(change: Callable[[Modules], Any] = lambda modules: modules) -> Behaviour:
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
            self.send_header("Content-Type", answer.content_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
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
