"""The client against a far side that answers, breaks off, or is not there; the breaker against the clock."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from matches.matcher_answers import is_answer
from matches.matcher_client import MatcherAwayError, MatcherClient, MatcherRefusedError
from matches.tests.far_side import FarSide
from matches.tests.test_solver import CONTRACTS
from skillbridge_backend.core.circuit_breaker import CircuitBreaker

REQUEST = b'{"learner":{"id":"l"},"mentors":[]}'


@pytest.fixture
def far_side() -> Iterator[FarSide]:
    with FarSide() as server:
        server.answer = server.suggesting("m")
        yield server


def client(far_side: FarSide, *, timeout_seconds: float = 0.5, most_failures: int = 3) -> MatcherClient:
    return MatcherClient(
        url=far_side.url, token="", timeout_seconds=timeout_seconds, breaker=CircuitBreaker(most_failures=most_failures)
    )


def test_connection_that_breaks_off_is_tried_once_more(far_side: FarSide) -> None:
    far_side.behaviour = "drops_first"
    assert client(far_side).ask("suggest", REQUEST)["solver"] == "far-side"
    assert len(far_side.requests) == 2


def test_timeout_is_not_tried_again(far_side: FarSide) -> None:
    far_side.behaviour = "silent"
    with pytest.raises(MatcherAwayError):
        client(far_side, timeout_seconds=0.2).ask("suggest", REQUEST)
    assert len(far_side.requests) == 1


@pytest.mark.parametrize("behaviour", ["silent", "drips", "drips_headers"])
def test_deadline_holds_however_slowly_the_answer_comes(behaviour: str, far_side: FarSide) -> None:
    far_side.behaviour = behaviour
    started = time.monotonic()
    with pytest.raises(MatcherAwayError):
        client(far_side, timeout_seconds=0.3).ask("suggest", REQUEST)
    assert time.monotonic() - started < 2


def test_deadline_holds_for_a_request_that_nobody_reads() -> None:
    """As far as the buffers of the system go it is taken, and no further."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(MatcherAwayError):
            MatcherClient(url=url, token="", timeout_seconds=0.3).ask("match", b" " * 2**26)
        assert time.monotonic() - started < 2


def test_no_token_is_no_header_and_no_request_id_outside_of_requests(far_side: FarSide) -> None:
    client(far_side).ask("suggest", REQUEST)
    assert not {"authorization", "x-request-id"} & {name.lower() for name in far_side.requests[0].headers}


def test_no_time_left_is_no_call(far_side: FarSide) -> None:
    with pytest.raises(MatcherAwayError, match="no time left"):
        client(far_side).ask("suggest", REQUEST, timeout_seconds=-1)
    assert far_side.requests == []


def test_answer_without_limit_is_cut_off(far_side: FarSide) -> None:
    far_side.behaviour = "floods"
    with pytest.raises(MatcherAwayError, match="too large"):
        client(far_side, timeout_seconds=30).ask("suggest", REQUEST)


def test_open_breaker_makes_no_call(far_side: FarSide) -> None:
    away = client(far_side, most_failures=1)
    far_side.behaviour = "status_500"
    for _ in range(2):
        with pytest.raises(MatcherAwayError):
            away.ask("suggest", REQUEST)
    assert len(far_side.requests) == 1


def test_breaker_opens_rests_and_lets_one_call_decide() -> None:
    breaker = CircuitBreaker(most_failures=2, rest_seconds=10)
    breaker.failed(0)
    assert breaker.allows(1)
    breaker.failed(1)
    assert not breaker.allows(10.9)
    assert breaker.allows(11)
    assert not breaker.allows(11.1)
    breaker.failed(12)
    assert not breaker.allows(21.9)
    assert breaker.allows(22)
    breaker.succeeded()
    assert breaker.allows(22.1)
    assert breaker.allows(22.2)


LACKING = [
    ("suggestions", None),
    ("suggestions", {}),
    ("solver", 7),
    ("input_hash", None),
    *[(name, None) for name in FarSide.suggesting("m")["suggestions"][0]],
    ("components", {"skills": {"points": 1, "value": 1}}),
    ("score", True),
    ("matched_skills", [{"skill": "python", "have": 5, "wanted": 4}]),
]


@pytest.mark.parametrize(("name", "value"), LACKING)
def test_answer_in_which_something_lacks_is_none(name: str, value: Any, far_side: FarSide) -> None:
    """None: it is not there."""
    answer = far_side.suggesting("m")
    part = answer if name in answer else answer["suggestions"][0]
    part[name] = value
    if value is None:
        del part[name]
    far_side.answer = answer
    with pytest.raises(MatcherAwayError, match="not one of the matcher's"):
        client(far_side).ask("suggest", REQUEST)


def test_answer_with_more_than_is_read_is_one(far_side: FarSide) -> None:
    far_side.answer = far_side.suggesting("m") | {"new": 1}
    assert client(far_side).ask("suggest", REQUEST)["new"] == 1


@pytest.mark.parametrize("endpoint", ["suggest", "match", "assign"])
def test_golden_answers_are_answers(endpoint: str) -> None:
    for path in sorted((CONTRACTS / endpoint).glob("*.response.json")):
        assert is_answer(endpoint, orjson.loads(path.read_bytes())), path.name


def test_matcher_that_is_busy_is_asked_again_by_who_has_time(far_side: FarSide) -> None:
    far_side.behaviour = "busy"
    answer = client(far_side, timeout_seconds=20).ask("suggest", REQUEST, is_patient=True)
    assert (answer["solver"], len(far_side.requests)) == ("far-side", 3)
    told = [int(request.headers["X-Deadline-Ms"]) for request in far_side.requests]
    assert told == sorted(told, reverse=True)


def test_who_has_no_time_takes_busy_for_away(far_side: FarSide) -> None:
    far_side.behaviour = "busy"
    with pytest.raises(MatcherAwayError, match="answered 503"):
        client(far_side, timeout_seconds=20).ask("suggest", REQUEST)
    far_side.retry_after = "30"
    with pytest.raises(MatcherAwayError, match="answered 503"):
        client(far_side, timeout_seconds=20).ask("suggest", REQUEST, is_patient=True)
    assert len(far_side.requests) == 2


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("too_large", "payload_too_large, The body is over 64 MiB."),
        ("too_many", "invalid_request, learners: too many choices are exactly as good"),
        ("status_422", "status 422"),
    ],
)
def test_refusal_says_why(behaviour: str, words: str, far_side: FarSide) -> None:
    far_side.behaviour = behaviour
    with pytest.raises(MatcherRefusedError) as refused:
        client(far_side).ask("suggest", REQUEST)
    assert refused.value.words == words


def test_request_that_is_refused_leaves_the_breaker_closed(far_side: FarSide) -> None:
    asking = client(far_side, most_failures=1)
    far_side.behaviour = "status_422"
    for _ in range(2):
        with pytest.raises(MatcherRefusedError):
            asking.ask("suggest", REQUEST)
    far_side.behaviour = "answer"
    assert asking.ask("suggest", REQUEST)["solver"] == "far-side"
