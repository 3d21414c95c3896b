"""matcher-rs and the built-in solver, over random people: the same bytes apart from who answered.

Collected only where the matcher runs (`conftest.py` beside this); where it should and does not, this fails.
"""

from typing import Any

import httpx
import msgpack
import orjson
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from matches import solver
from matches.matcher_client import Endpoint, MatcherClient
from matches.solver.canonical import to_bytes
from matches.tests.people import match_requests
from skillbridge_backend.core.circuit_breaker import CircuitBreaker

# Every answer counts here, so no breaker rests.
CLIENT = MatcherClient(
    url=settings.MATCHER_URL,
    token=settings.MATCHER_TOKEN,
    timeout_seconds=30,
    breaker=CircuitBreaker(most_failures=10**9),
)


def assert_same(endpoint: Endpoint, request: dict[str, Any]) -> None:
    theirs = CLIENT.ask(endpoint, orjson.dumps(request))
    assert theirs["solver"].startswith("matcher-rs/")
    ours = solver.solve(endpoint, request) | {name: theirs[name] for name in ("solver", "version")}
    assert to_bytes(ours) == to_bytes(theirs)


@given(match_requests())
@hypothesis_settings(max_examples=150, deadline=None)
def test_match_is_the_same(request: dict[str, Any]) -> None:
    assert_same("match", request)


@given(match_requests())
@hypothesis_settings(max_examples=50, deadline=None)
def test_match_with_a_pin_is_the_same(request: dict[str, Any]) -> None:
    """Of the first learner who has one, to whom they have not been assigned."""
    alternates = solver.solve("match", request | {"alternates": 1})["alternates"]
    pins = [{"learner": one, "mentor": others[0]["mentor"]} for one, others in alternates.items() if others][:1]
    request["constraints"]["pins"] = pins
    assert_same("match", request)


@given(match_requests())
@hypothesis_settings(max_examples=100, deadline=None)
def test_match_without_a_list_of_pairs_is_the_same(request: dict[str, Any]) -> None:
    theirs = CLIENT.ask("match", orjson.dumps(request | {"method": "people"}))
    ours = solver.solve("match", request)
    assert (theirs["method"], ours["method"]) == ("people", "pairs")
    assert to_bytes(ours | {name: theirs[name] for name in ("solver", "version", "method")}) == to_bytes(theirs)


@given(match_requests())
@hypothesis_settings(max_examples=100, deadline=None)
def test_suggest_is_the_same(request: dict[str, Any]) -> None:
    for learner in request["learners"]:
        continuity = [pair for pair in request["continuity"] if pair["learner"] == learner["id"]]
        rest = {name: request[name] for name in ("mentors", "zones")}
        question = rest | {"learner": learner, "continuity": continuity, "k": 3}
        assert_same("suggest", question)


@given(match_requests())
@hypothesis_settings(max_examples=25, deadline=None)
def test_answer_to_message_pack_is_that_to_json(request: dict[str, Any]) -> None:
    answer = httpx.post(
        f"{settings.MATCHER_URL}/v1/match",
        content=msgpack.packb(request),
        headers={"Content-Type": "application/vnd.msgpack", "Authorization": f"Bearer {settings.MATCHER_TOKEN}"},
        trust_env=False,
    )
    assert answer.headers["Content-Type"] == "application/vnd.msgpack"
    assert msgpack.unpackb(answer.content) == CLIENT.ask("match", orjson.dumps(request))
