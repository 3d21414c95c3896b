"""The errors that services raise, and the one table of their codes.

A `DomainError` subclass has a stable `code`, an HTTP `status` and a `title`; defining the class enters it in
`ERROR_TABLE`. Services raise them without knowing HTTP; `problems.py` turns them into RFC 9457 problem details. `GET
/api/v1/problems/` lists the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the table: what clients may rely on."""

    code: str
    status: int
    title: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is a path such as `skills[2].level`."""

    field: str
    code: str
    message: str


ERROR_TABLE: dict[str, ErrorKind] = {}
CONSTRAINT_TABLE: dict[str, tuple[type["DomainError"], str]] = {}
"""Constraint of the database → the error it becomes, and the field that it is about (`constraints.py`)."""


class DomainError(Exception):
    """A refusal with a stable code. Subclass it in an app's `exceptions.py`; never raise this class itself."""

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    title: ClassVar[str] = ""
    constraints: ClassVar[Mapping[str, str]] = {}
    """Names of the database's rules that this error stands for, each with the field that breaks it."""

    def __init_subclass__(cls) -> None:
        if not cls.code or not cls.title:
            raise TypeError(f"{cls.__name__} needs a code and a title")
        known = ERROR_TABLE.setdefault(cls.code, ErrorKind(cls.code, cls.status, cls.title))
        if known != ErrorKind(cls.code, cls.status, cls.title):
            raise TypeError(f"the code {cls.code!r} is taken by {known}")
        stand_for(cls, cls.constraints)

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        """`detail` says what to do; `members` become extension members of the problem."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members


def stand_for(error: type[DomainError], constraints: Mapping[str, str]) -> None:
    """Let `error`, one of these, stand for rules of an app's tables: constraint → the field that breaks it."""
    CONSTRAINT_TABLE.update({name: (error, field) for name, field in constraints.items()})


class InvalidInput(DomainError):
    """The input is well-formed and wrong; `errors` name the fields."""

    code, status, title = "validation_failed", 400, "The request has invalid fields"

    @classmethod
    def of(cls, field: str, message: str, *, code: str = "invalid") -> "InvalidInput":
        """The error of a single field."""
        return cls(message, errors=[FieldError(field, code, message)])


class MalformedRequest(DomainError):
    """The request cannot be read at all."""

    code, status, title = "malformed_request", 400, "The request cannot be read"


class NotAuthenticated(DomainError):
    """No valid credentials came with the request."""

    code, status, title = "not_authenticated", 401, "Log in first"


class PermissionDenied(DomainError):
    """The actor is known and may not do this, and its existence is no secret."""

    code, status, title = "permission_denied", 403, "You may not do this"


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does."""

    code, status, title = "not_found", 404, "There is nothing here"


class MethodNotAllowed(DomainError):
    """The resource does not know this method."""

    code, status, title = "method_not_allowed", 405, "This method is not supported here"


class NotAcceptable(DomainError):
    """The client accepts nothing that can be produced."""

    code, status, title = "not_acceptable", 406, "This representation is not available"


class Conflict(DomainError):
    """The state of things does not allow it now."""

    code, status, title = "conflict", 409, "The current state does not allow this"


class IllegalTransition(DomainError):
    """A state machine has no such edge."""

    code, status, title = "illegal_transition", 409, "This step is not possible from the current state"


class RequestInFlight(DomainError):
    """The same Idempotency-Key is being worked on."""

    code, status, title = "request_in_flight", 409, "The same request is being worked on"


class LengthRequired(DomainError):
    """The body comes in chunks, without its length."""

    code, status, title = "length_required", 411, "The length of the body is missing"


class PreconditionFailed(DomainError):
    """If-Match names another version; the current tag is in the ETag header."""

    code, status, title = "precondition_failed", 412, "Somebody changed this in the meantime"


class BodyTooLarge(DomainError):
    """The body is over the limit."""

    code, status, title = "body_too_large", 413, "The request body is too large"


class UnsupportedMediaType(DomainError):
    """The body is of a type that is not read here."""

    code, status, title = "unsupported_media_type", 415, "This content type is not supported"


class IdempotencyKeyReused(DomainError):
    """The Idempotency-Key came before with another body."""

    code, status, title = "idempotency_key_reused", 422, "This Idempotency-Key was used for another request"


class RateLimited(DomainError):
    """Too many requests; Retry-After says when to come back."""

    code, status, title = "rate_limited", 429, "Too many requests"


class InternalError(DomainError):
    """A fault of ours, reported under the request id."""

    code, status, title = "internal_error", 500, "Something went wrong on our side"


class ServiceUnavailable(DomainError):
    """Something that this needs is away; Retry-After says when to try again."""

    code, status, title = "service_unavailable", 503, "Temporarily unavailable"
