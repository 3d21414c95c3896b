"""The far side: an OpenAI-compatible service, asked over HTTP with the openai client, its answer streamed.

One deadline over everything; retries where nothing of an answer has come, with full jitter or as `Retry-After` says; a
circuit breaker. Source of the waits: "Exponential Backoff and Jitter", Amazon Builders' Library, 2015.

The request carries an Idempotency-Key that is the same whenever this job asks the same: OpenAI's own service documents
none, gateways before it and compatible services that know the header answer a copy without a second completion.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import openai
import structlog
from django.conf import settings
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.completion_usage import CompletionUsage

from roadmaps.model_planner.answers import UnusableAnswerError
from roadmaps.model_planner.prompts import ANSWER_SCHEMA, Messages
from skillbridge_backend.core.circuit_breaker import CircuitBreaker
from skillbridge_backend.core.retry_after import seconds_of

log = structlog.get_logger(__name__)

MOST_COMPLETION_TOKENS = 16_000
LONGEST_ANSWER_BYTES = 4 * 1024 * 1024
"""Over the wire, where each token comes in a frame of its own."""
LONGEST_CONTENT = 512 * 1024
MOST_TRIES = 4
FIRST_PAUSE_SECONDS = 0.5
LOOK_UP_SECONDS = 0.25
"""How often a wait is interrupted to see whether the job was cancelled."""

_WRITTEN_OFF = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
breaker = CircuitBreaker(most_failures=4, rest_seconds=30.0)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What came: the text, why it ended ('' when it broke off), and the tokens, where the service has told them."""

    content: str = ""
    finish_reason: str = ""
    is_refused: bool = False
    usage: CompletionUsage | None = None


class _TryAgainError(Exception):
    """This try came to nothing, and another may not. `after_seconds` is what the service asks for, if it does."""

    def __init__(
        self, reason: str, *, after_seconds: float | None = None, is_failure: bool = True, is_in_doubt: bool = False
    ) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds
        self.is_failure = is_failure
        self.is_in_doubt = is_in_doubt


@dataclass(slots=True)
class ModelClient:
    """Asks for one job, until `deadline` (seconds of the monotonic clock).

    `before_try` is called before each request, `look_up` now and then while it waits; both may raise to end the job.
    """

    deadline: float
    before_try: Callable[[], None]
    look_up: Callable[[], None]
    calls_paid_for: int
    """How many calls may cost something: asking stops when so many were answered or are in doubt."""
    calls_in_doubt: int = 0
    """Requests that went out and came to nothing: the service may have worked on them."""
    _jitter: random.Random = field(default_factory=random.SystemRandom)

    @property
    def seconds_left(self) -> float:
        """Until the deadline; negative after it."""
        return self.deadline - time.monotonic()

    def ask(self, messages: Messages, *, idempotency_key: str, on_text: Callable[[str], None]) -> ModelAnswer:
        """The answer, whose text also goes to `on_text` piece by piece.

        Raises UnusableAnswerError when there is none in time.
        """
        if not breaker.allows(time.monotonic()):
            raise UnusableAnswerError("The model's service failed several times and is left alone for a moment.")
        for number in range(MOST_TRIES):
            self.before_try()
            try:
                answer = self._try(messages, idempotency_key, on_text)
            except _TryAgainError as error:
                if error.is_failure:
                    breaker.failed(time.monotonic())
                self.calls_in_doubt += error.is_in_doubt
                pause = error.after_seconds
                if pause is None:
                    pause = self._jitter.uniform(0, FIRST_PAUSE_SECONDS * 2**number)
                log.warning("model_try_failed", reason=str(error), number=number + 1, pause_seconds=round(pause, 2))
                is_last = number + 1 == MOST_TRIES or self.calls_in_doubt >= self.calls_paid_for
                if is_last or pause >= self.seconds_left:
                    raise UnusableAnswerError(str(error)) from error
                self._wait(pause)
            else:
                breaker.succeeded()
                return answer
        raise AssertionError("the last try returns or raises")

    def _try(self, messages: Messages, idempotency_key: str, on_text: Callable[[str], None]) -> ModelAnswer:
        """One request. While the body is read, the errors are those of the client's transport, httpx2."""
        received = _Received(on_text)
        try:
            with (
                openai.OpenAI(
                    api_key=settings.OPENAI_API_KEY,
                    base_url=settings.OPENAI_BASE_URL,
                    timeout=max(0.1, self.seconds_left),
                    max_retries=0,
                ) as client,
                client.chat.completions.with_streaming_response.create(  # type: ignore[call-overload]  # plain dicts
                    model=settings.OPENAI_MODEL,
                    messages=messages,
                    response_format={
                        "type": "json_schema",
                        "json_schema": {"name": "learning_plan", "strict": True, "schema": ANSWER_SCHEMA},
                    },
                    max_completion_tokens=MOST_COMPLETION_TOKENS,
                    stream=True,
                    stream_options={"include_usage": True},
                    extra_headers={"Idempotency-Key": idempotency_key},
                ) as response,
            ):
                received.is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
                self._read(response.iter_bytes(), received)
                return received.whole_answer()
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            if received.has_begun:
                return received.answer
            raise _TryAgainError("The model took too long.", is_in_doubt=_has_gone_out(error)) from error
        except openai.APIStatusError as error:
            raise _refusal(error) from error
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            if received.has_begun:
                return received.answer
            raise _TryAgainError(
                "The model's service could not be reached.", is_in_doubt=_has_gone_out(error)
            ) from error
        except _TryAgainError:
            raise
        except Exception:
            # The service was at work: its body is no answer, or the job has ended meanwhile.
            self.calls_in_doubt += 1
            raise

    def _read(self, pieces: Iterator[bytes], received: "_Received") -> None:
        """Take the body in pieces, so that neither length nor a server that drips can hold the worker."""
        looked_up_at = time.monotonic()
        for piece in pieces:
            received.take(piece)
            if received.is_broken:
                return
            now = time.monotonic()
            if received.size > LONGEST_ANSWER_BYTES or len(received.answer.content) > LONGEST_CONTENT:
                raise UnusableAnswerError("The model's answer was too long.")
            if now > self.deadline:
                if received.has_begun:
                    return
                raise UnusableAnswerError("The model took too long.")
            if now - looked_up_at > LOOK_UP_SECONDS * 4:
                self.look_up()
                looked_up_at = now

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_UP_SECONDS))
            self.look_up()


class _Received:
    """A body as far as it has come: server-sent events of chunks, or one completion of a service that streams none."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self.is_stream = True
        self.is_broken = False
        """What followed the text is no chunk; nothing after it is read."""
        self.size = 0
        self.answer = ModelAnswer()
        self._on_text = on_text
        self._rest = b""

    @property
    def has_begun(self) -> bool:
        """Whether some of the answer is there, so that asking again would cost twice."""
        return bool(self.answer.content)

    def take(self, piece: bytes) -> None:
        """Some bytes. Raises for a first event that is no chunk: _TryAgainError if it tells of an error."""
        self.size += len(piece)
        self._rest += piece
        if not self.is_stream:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            name, _, data = line.strip().partition(b":")
            if name == b"data" and data.strip() != b"[DONE]" and not self.is_broken:
                self._take_chunk(data.strip())

    def whole_answer(self) -> ModelAnswer:
        """The answer after the last byte. Raises UnusableAnswerError when it is none."""
        if self.is_stream:
            if not self.answer.finish_reason and not self.has_begun:
                raise UnusableAnswerError("The model's answer was empty.")
            return self.answer
        try:
            completion = ChatCompletion.model_validate_json(self._rest)
        except ValueError as error:
            raise UnusableAnswerError("The model's service sent something that is no completion.") from error
        if not completion.choices:
            raise UnusableAnswerError("The model's answer was empty.")
        choice = completion.choices[0]
        content = choice.message.content or ""
        if len(content) > LONGEST_CONTENT:
            raise UnusableAnswerError("The model's answer was too long.")
        self._on_text(content)
        return ModelAnswer(content, choice.finish_reason, bool(choice.message.refusal), completion.usage)

    def _take_chunk(self, data: bytes) -> None:
        try:
            chunk = ChatCompletionChunk.model_validate_json(data)
        except ValueError as error:
            if self.has_begun:
                self.is_broken = True
                return
            if _is_error(data):
                raise _TryAgainError("The model's service sent an error.", is_in_doubt=True) from error
            raise UnusableAnswerError("The model's service sent something that is no completion.") from error
        if chunk.usage:
            self.answer = replace(self.answer, usage=chunk.usage)
        for choice in chunk.choices[:1]:
            text = choice.delta.content or ""
            self.answer = replace(
                self.answer,
                content=self.answer.content + text,
                finish_reason=choice.finish_reason or self.answer.finish_reason,
                is_refused=self.answer.is_refused or bool(choice.delta.refusal),
            )
            if text:
                self._on_text(text)


def _has_gone_out(error: Exception) -> bool:
    """Whether a request that failed had left: true unless there was no connection to send it on."""
    cause = error.__cause__ if isinstance(error, openai.OpenAIError) else error
    return not isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


def _is_error(data: bytes) -> bool:
    """Whether a streamed event tells of an error; its status was sent before, as 200."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and bool(event.get("error"))


def _refusal(error: openai.APIStatusError) -> Exception:
    """What a status means: another try, or none."""
    reason = f"The model's service answered {error.status_code}."
    if error.status_code not in _WRITTEN_OFF or _code_of(error) == "insufficient_quota":
        return UnusableAnswerError(reason)
    after = seconds_of(error.response.headers.get("retry-after", ""))
    return _TryAgainError(reason, after_seconds=after, is_failure=error.status_code != 429)


def _code_of(error: openai.APIStatusError) -> str:
    body: Any = error.body
    return str(body.get("code", "")) if isinstance(body, dict) else ""


def usage_of(*answers: ModelAnswer) -> tuple[int, int] | None:
    """Tokens of the prompts and of the completions; None unless the service has told all of them."""
    told = [answer.usage for answer in answers if answer.usage]
    if not told or len(told) < len(answers):
        return None
    return sum(each.prompt_tokens for each in told), sum(each.completion_tokens for each in told)


def question_bytes(messages: Messages) -> int:
    """The size of a question; it has no more tokens than that."""
    return len(json.dumps([messages, ANSWER_SCHEMA], ensure_ascii=False).encode())
