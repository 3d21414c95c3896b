"""The fuzzer can say no: what is wrong on purpose in a small API on loopback is found, and what is right is not."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from tests.fuzzing.excused import EXCUSES, POSITIVE, Excuse, Finding
from tests.fuzzing.schemathesis_run import LOGIN, Identity, Outcome, Size, run

PEOPLE = [
    Identity("ada", "ada@fuzz.test", "one", is_peer=True),
    Identity("ben", "ben@fuzz.test", "two", is_peer=True),
]
ORDERS, ORDER = "/api/v1/orders/", "/api/v1/orders/{id}/"
OBJECT = {"type": "object", "properties": {"id": {"type": "string"}, "text": {"type": "string", "maxLength": 40}}}


def described(request: dict[str, Any] | None = None, parameters: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    said = {"description": "", "content": {"application/json": {"schema": OBJECT}}}
    listed = {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": OBJECT}}}}
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": request}}}} if request else {}
    success = {"201": said} if request else {"200": said if parameters else listed}
    refused = {"default": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}
    return {**body, "parameters": list(parameters), "responses": {**success, **refused}}


SCHEMA = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        ORDERS: {
            "get": described(),
            "post": described(
                {
                    "type": "object",
                    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 40}},
                    "required": ["text"],
                    "additionalProperties": False,
                }
            ),
        },
        ORDER: {
            "get": described(
                parameters=({"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},),
            )
        },
    },
}


class Api(ThreadingHTTPServer):
    """Orders that belong to whoever made them; `fault` names what is wrong with it."""

    def __init__(self, fault: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fault = fault
        self.orders: dict[str, tuple[str, str]] = {}
        self.statuses: Counter[int] = Counter()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Api
    methods: ClassVar = {ORDERS: ("GET", "POST"), ORDER: ("GET",)}

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def answer(self, status: int, body: Any, **headers: str) -> None:
        content = json.dumps(body).encode()
        self.server.statuses[status] += 1
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def handle_one(self) -> None:
        path = urlsplit(self.path).path
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/api/v1/schema/":
            return self.answer(200, SCHEMA)
        if path == LOGIN:
            return self.answer(200, {"access": json.loads(text)["email"]})
        template = ORDERS if path == ORDERS else ORDER
        if self.command not in self.methods[template]:
            return self.answer(405, {}, Allow=", ".join(self.methods[template]))
        who = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if who not in {person.email for person in PEOPLE} and self.server.fault != "ignores who asks":
            return self.answer(401, {}, **{"WWW-Authenticate": "Bearer"})
        if self.command == "POST":
            return self.create(who, text)
        mine = [
            {"id": key, "text": words}
            for key, (owner, words) in self.server.orders.items()
            if owner == who or (self.server.fault == "shows others' orders" and template == ORDER)
        ]
        if template == ORDERS:
            return self.answer(200, mine[-20:])
        found = [order for order in mine if path.endswith(f"/{order['id']}/")]
        return self.answer(200, found[0]) if found else self.answer(404, {})

    def create(self, who: str, text: bytes) -> None:
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        words = body.get("text") if isinstance(body, dict) else None
        is_valid = isinstance(words, str) and 1 <= len(words) <= 40 and body.keys() == {"text"}
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        if not is_json:
            return self.answer(415, {})
        if not is_valid and self.server.fault != "takes anything":
            return self.answer(400, {})
        if self.server.fault == "falls over" and len(str(words)) > 5:
            return self.answer(500, {})
        key = f"order-{len(self.server.orders) + 1000}"
        self.server.orders[key] = (who, str(words))
        told = 5 if self.server.fault == "answers numbers for texts" else str(words)
        return self.answer(201, {"id": key, "text": told}, Location=f"{ORDERS}{key}/")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_HEAD = handle_one  # noqa: N815
    do_QUERY = handle_one  # noqa: N815


@pytest.fixture
def fuzzed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outcome]:
    api = Api(request.param)
    thread = threading.Thread(target=api.serve_forever)
    thread.start()
    size = Size(("examples", "coverage", "fuzzing", "stateful"), examples=8)
    try:
        outcome = run(f"http://127.0.0.1:{api.server_port}", tmp_path, identities=PEOPLE, size=size, seed=1)
        yield replace(outcome, statuses=api.statuses)
    finally:
        api.shutdown()
        thread.join()
        api.server_close()


@pytest.mark.parametrize("fuzzed", ["nothing"], indirect=True)
def test_sound_api_passes(fuzzed: Outcome) -> None:
    assert fuzzed.failures == {}
    assert fuzzed.holds
    assert fuzzed.operations == fuzzed.tested == 3
    assert fuzzed.cases >= 30


@pytest.mark.parametrize(
    ("fuzzed", "found"),
    [
        ("falls over", "Server error"),
        ("takes anything", "Schema-violating request accepted"),
        ("ignores who asks", "API accepts requests without authentication"),
        ("answers numbers for texts", "Response violates schema"),
        ("shows others' orders", "Object-level authorization bypass"),
    ],
    indirect=["fuzzed"],
)
def test_what_is_wrong_on_purpose_is_found(fuzzed: Outcome, found: str) -> None:
    assert found in fuzzed.failures
    assert not fuzzed.holds


@pytest.mark.parametrize("fuzzed", ["falls over"], indirect=True)
def test_planted_500_is_counted_by_the_server(fuzzed: Outcome) -> None:
    assert fuzzed.server_errors >= 1
    assert not replace(fuzzed, failures={}).holds


def test_run_that_did_not_try_everything_does_not_hold() -> None:
    answered = Counter({200: 10, 404: 20})
    assert Outcome(seed=1, cases=30, operations=3, tested=3, statuses=answered).holds
    assert not Outcome(seed=1, cases=30, operations=3, tested=2, statuses=answered).holds
    assert not Outcome(seed=1, cases=0, operations=0, tested=0).holds
    assert not Outcome(seed=1, cases=30, operations=3, tested=3, errors={"No login": 1}, statuses=answered).holds


def test_run_in_which_nobody_was_let_in_does_not_hold() -> None:
    refused = Counter({200: 1, 401: 29})

    assert not Outcome(seed=1, cases=30, operations=3, tested=3, statuses=refused).holds


CURSOR = Excuse(check=POSITIVE, operations="GET /things/", fields="cursor", codes="invalid", reason="it is opaque")


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({}, True),
        ({"checks": ("negative_data_rejection",)}, False),
        ({"operation": "GET /things/{id}/"}, False),
        ({"problem": {"code": "validation_failed", "errors": [{"field": "limit", "code": "invalid"}]}}, False),
        ({"problem": {"code": "validation_failed"}}, False),
    ],
)
def test_rule_excuses_what_it_names_and_nothing_else(changed: dict[str, Any], fits: bool) -> None:
    problem = {"code": "validation_failed", "errors": [{"field": "cursor", "code": "invalid"}]}
    finding: dict[str, Any] = {"checks": (POSITIVE,), "operation": "GET /things/", "status": 400, "problem": problem}

    assert bool(Finding(**(finding | changed)).excuses([CURSOR])) is fits


def test_of_several_wrong_fields_each_must_be_excused() -> None:
    errors = [{"field": "cursor", "code": "invalid"}, {"field": "limit", "code": "invalid"}]
    finding = Finding((POSITIVE,), "GET /things/", 400, {"errors": errors})
    limit = replace(CURSOR, fields="limit")

    assert finding.excuses([CURSOR]) == []
    assert finding.excuses([CURSOR, limit]) == [CURSOR, limit]


def test_no_rule_excuses_a_server_error_or_another_persons_object() -> None:
    checks = {excuse.check for excuse in EXCUSES}

    assert checks <= {POSITIVE, "negative_data_rejection"}
    assert all(excuse.reason for excuse in EXCUSES)
