"""The far side of matching: matcher-rs over HTTP, with a deadline, one retry and a circuit breaker.

Never called inside a transaction. What to do without it is the services' business: `MatcherAwayError` says why.
"""

import time
from functools import lru_cache
from typing import Any, Literal

import httpx
import orjson
import structlog
from django.conf import settings

from skillbridge_backend.core import context
from skillbridge_backend.core.circuit_breaker import CircuitBreaker

log = structlog.get_logger(__name__)

Endpoint = Literal["suggest", "match", "assign"]
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024

# The matcher keeps nothing, so a repeat is harmless. A timeout is not among these: no time is left for another try.
_CONNECTION_ERRORS = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


_REFUSALS = {400, 413, 422}


class MatcherAwayError(Exception):
    """The matcher gave no usable answer; the message says why."""


class MatcherRefusedError(MatcherAwayError):
    """The matcher found the request wrong: a defect of ours, about which another request says nothing."""


class MatcherClient:
    """Keeps its connections; safe to share between threads, made anew in each process."""

    def __init__(self, *, url: str, token: str, timeout_seconds: float, breaker: CircuitBreaker | None = None) -> None:
        self._timeout_seconds = timeout_seconds
        self._breaker = breaker or CircuitBreaker()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_seconds, trust_env=False)

    def ask(self, endpoint: Endpoint, request: bytes, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        """The answer to this JSON. Raises MatcherAwayError within the timeout, at once while the breaker is open."""
        started = time.monotonic()
        if not self._breaker.allows(started):
            raise MatcherAwayError("it failed several times and is left alone for a moment")
        deadline = started + (timeout_seconds or self._timeout_seconds)
        try:
            try:
                status, body = self._post(endpoint, request, deadline)
            except _CONNECTION_ERRORS:
                status, body = self._post(endpoint, request, deadline)
            answer = _read(status, body)
        except MatcherRefusedError:
            self._breaker.succeeded()
            log.exception("matcher_refused", endpoint=endpoint)
            raise
        except (httpx.HTTPError, MatcherAwayError) as error:
            self._breaker.failed(time.monotonic())
            log.warning("matcher_away", endpoint=endpoint, reason=f"{type(error).__name__}: {error}")
            raise MatcherAwayError(str(error) or type(error).__name__) from error
        self._breaker.succeeded()
        return answer

    def _post(self, endpoint: str, content: bytes, deadline: float) -> tuple[int, bytes]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise MatcherAwayError("no time left")
        headers = {"X-Deadline-Ms": str(max(1, int(left * 1000)))}
        if request_id := context.request_id.get():
            headers[context.REQUEST_ID_HEADER] = request_id
        body = bytearray()
        with self._http.stream("POST", f"/v1/{endpoint}", content=content, headers=headers, timeout=left) as response:
            # httpx's timeout is for each read; a peer that sends a byte now and then would never run into it.
            for chunk in response.iter_bytes():
                body += chunk
                if time.monotonic() > deadline:
                    raise MatcherAwayError("the answer did not arrive in time")
                if len(body) > LARGEST_ANSWER_BYTES:
                    raise MatcherAwayError("the answer is too large")
        return response.status_code, bytes(body)


def _read(status: int, body: bytes) -> dict[str, Any]:
    if status != 200:
        kind = MatcherRefusedError if status in _REFUSALS else MatcherAwayError
        raise kind(f"it answered {status}: {body[:500].decode('utf-8', 'replace')}")
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MatcherAwayError("the answer is not JSON") from error
    if not isinstance(answer, dict) or not {"solver", "version", "input_hash"} <= answer.keys():
        raise MatcherAwayError("the answer is not one of the matcher's")
    return answer


def shared_client() -> MatcherClient:
    """This process's client of the matcher that the settings name."""
    return _client(settings.MATCHER_URL, settings.MATCHER_TOKEN, settings.MATCHER_TIMEOUT_SECONDS)


@lru_cache(maxsize=8)
def _client(url: str, token: str, timeout_seconds: float) -> MatcherClient:
    return MatcherClient(url=url, token=token, timeout_seconds=timeout_seconds)
