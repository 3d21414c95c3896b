"""The far side of matching: matcher-rs over HTTP, with a deadline, one retry and a circuit breaker.

Never called inside a transaction. What to do without it is the services' business: `MatcherAwayError` says why. What it
answers has the shape that the services read (`matcher_answers.py`), or it counts as away.
"""

import time
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Literal

import httpcore2
import orjson
import structlog
from django.conf import settings

from matches.matcher_answers import is_answer
from skillbridge_backend.core import context
from skillbridge_backend.core.bounded_connections import BoundedBackend, left_until
from skillbridge_backend.core.circuit_breaker import CircuitBreaker
from skillbridge_backend.core.retry_after import seconds_of

log = structlog.get_logger(__name__)

Endpoint = Literal["suggest", "match", "assign"]
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
MOST_FAULTS_TOLD = 3
LEAST_PAUSE_SECONDS = 0.1
"""Before a matcher that is busy is asked again, however soon it says."""

# The matcher keeps nothing, so a repeat is harmless. A timeout is not among these: no time is left for another try.
_CONNECTION_ERRORS = (
    httpcore2.ConnectError, httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError
)  # fmt: skip
_HTTP_ERRORS = (
    httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol
)  # fmt: skip
_REFUSALS = {400, 413, 422}

_ends: ContextVar[float] = ContextVar("matcher_call_ends")
"""When the call must be over that uses a connection at the moment: one call at a time does."""


class MatcherAwayError(Exception):
    """The matcher gave no usable answer; the message says why."""


class MatcherBusyError(MatcherAwayError):
    """The matcher has more to do than it takes, and says when to come back."""

    def __init__(self, message: str, retry_seconds: float) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class MatcherRefusedError(MatcherAwayError):
    """The matcher found the request wrong: a defect of ours, about which another request says nothing."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words
        """What it said, for people: the code and what is wrong."""


class MatcherClient:
    """Keeps its connections; safe to share between threads, made anew in each process."""

    def __init__(self, *, url: str, token: str, timeout_seconds: float, breaker: CircuitBreaker | None = None) -> None:
        self._url, self._timeout_seconds = url.rstrip("/"), timeout_seconds
        self._breaker = breaker or CircuitBreaker()
        self._headers: dict[bytes | str, bytes | str] = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._pool = httpcore2.ConnectionPool(
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=BoundedBackend(lambda: left_until(_ends.get())),
        )

    def ask(
        self, endpoint: Endpoint, request: bytes, *, timeout_seconds: float | None = None, is_patient: bool = False
    ) -> dict[str, Any]:
        """The answer to this JSON. Raises MatcherAwayError within the timeout, at once while the breaker is open.

        `is_patient`: a matcher that is busy is asked again when it says, as long as there is time.
        """
        started = time.monotonic()
        if not self._breaker.allows(started):
            raise MatcherAwayError("it failed several times and is left alone for a moment")
        deadline = started + (timeout_seconds or self._timeout_seconds)
        try:
            answer = self._answer(endpoint, request, deadline, is_patient=is_patient)
        except MatcherRefusedError:
            self._breaker.succeeded()
            log.exception("matcher_refused", endpoint=endpoint)
            raise
        except (*_HTTP_ERRORS, MatcherAwayError) as error:
            self._breaker.failed(time.monotonic())
            log.warning("matcher_away", endpoint=endpoint, reason=f"{type(error).__name__}: {error}")
            raise MatcherAwayError(str(error) or type(error).__name__) from error
        self._breaker.succeeded()
        return answer

    def _answer(self, endpoint: Endpoint, request: bytes, deadline: float, *, is_patient: bool) -> dict[str, Any]:
        while True:
            try:
                return self._tried_twice(endpoint, request, deadline)
            except MatcherBusyError as busy:
                pause = max(LEAST_PAUSE_SECONDS, busy.retry_seconds)
                if not is_patient or time.monotonic() + pause >= deadline:
                    raise
                log.info("matcher_busy", endpoint=endpoint, pause_seconds=pause)
                time.sleep(pause)

    def _tried_twice(self, endpoint: Endpoint, request: bytes, deadline: float) -> dict[str, Any]:
        try:
            return self._post(endpoint, request, deadline)
        except _CONNECTION_ERRORS:
            return self._post(endpoint, request, deadline)

    def _post(self, endpoint: Endpoint, content: bytes, deadline: float) -> dict[str, Any]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise MatcherAwayError("no time left")
        headers = {**self._headers, "X-Deadline-Ms": str(max(1, int(left * 1000)))}
        if request_id := context.request_id.get():
            headers[context.REQUEST_ID_HEADER] = request_id
        # The timeouts of the library are for each read and each write; what bounds all of them is the backend.
        timeout = dict.fromkeys(("pool", "connect", "read", "write"), left)
        body = bytearray()
        token = _ends.set(deadline)
        try:
            with self._pool.stream(
                "POST", f"{self._url}/v1/{endpoint}", headers=headers, content=content, extensions={"timeout": timeout}
            ) as response:
                for chunk in response.iter_stream():
                    body += chunk
                    if len(body) > LARGEST_ANSWER_BYTES:
                        raise MatcherAwayError("the answer is too large")
        finally:
            _ends.reset(token)
        retry_after = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
        return _read(endpoint, response.status, seconds_of(retry_after.decode("latin-1")), bytes(body))


def _read(endpoint: Endpoint, status: int, retry_seconds: float | None, body: bytes) -> dict[str, Any]:
    if status != 200:
        said = f"it answered {status}: {body[:500].decode('utf-8', 'replace')}"
        if status in _REFUSALS:
            raise MatcherRefusedError(said, _refusal(status, body))
        if status == 503 and retry_seconds is not None:
            raise MatcherBusyError(said, retry_seconds)
        raise MatcherAwayError(said)
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MatcherAwayError("the answer is not JSON") from error
    if not is_answer(endpoint, answer):
        raise MatcherAwayError("the answer is not one of the matcher's")
    found: dict[str, Any] = answer
    return found


def _refusal(status: int, body: bytes) -> str:
    """The code of a problem and what is wrong, or the status where it says none."""
    try:
        problem = orjson.loads(body)
        faults = [f"{one['field']}: {one['message']}" for one in problem["errors"]]
        return f"{problem['code']}, {'; '.join(faults[:MOST_FAULTS_TOLD]) or problem['detail']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"status {status}"


def shared_client() -> MatcherClient:
    """This process's client of the matcher that the settings name."""
    return _client(settings.MATCHER_URL, settings.MATCHER_TOKEN, settings.MATCHER_TIMEOUT_SECONDS)


@lru_cache(maxsize=8)
def _client(url: str, token: str, timeout_seconds: float) -> MatcherClient:
    return MatcherClient(url=url, token=token, timeout_seconds=timeout_seconds)
