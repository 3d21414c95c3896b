"""Every error as an RFC 9457 problem, whoever raised it: a service, DRF, Django or the database."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from skillbridge_backend.core import errors
from skillbridge_backend.core.constraints import refusal_of
from skillbridge_backend.core.context import request_id
from skillbridge_backend.core.database_faults import LostRace, fault_of
from skillbridge_backend.core.errors import DomainError, FieldError

CONTENT_TYPE = "application/problem+json"
PROBLEM_BASE = "/api/v1/problems/#"

log = structlog.get_logger(__name__)

_FROM_DRF: tuple[tuple[type[Exception], type[DomainError]], ...] = (
    (drf.ParseError, errors.MalformedRequest),
    (drf.AuthenticationFailed, errors.NotAuthenticated),
    (drf.NotAuthenticated, errors.NotAuthenticated),
    (drf.PermissionDenied, errors.PermissionDenied),
    (DjangoPermissionDenied, errors.PermissionDenied),
    (drf.NotFound, errors.NotFound),
    (Http404, errors.NotFound),
    (drf.MethodNotAllowed, errors.MethodNotAllowed),
    (drf.NotAcceptable, errors.NotAcceptable),
    (drf.UnsupportedMediaType, errors.UnsupportedMediaType),
    (drf.Throttled, errors.RateLimited),
    (RequestDataTooBig, errors.BodyTooLarge),
    (SuspiciousOperation, errors.MalformedRequest),
)


def problem_document(error: DomainError) -> dict[str, Any]:
    """The members of the problem, in the order in which people read them."""
    document: dict[str, Any] = {
        "type": f"{PROBLEM_BASE}{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id.get(),
    }
    if error.errors:
        document["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors]
    return document | error.members


def problem_response(exc: Exception, _context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: the problem, with the request's transaction marked for rollback. None for what is a bug.

    A bug travels on as an exception, so that Django's signal and the error report see it; `server_error` answers it.
    """
    error = _as_domain_error(exc)
    if error is None:
        return None
    set_rollback()
    headers = dict(error.headers)
    if isinstance(exc, drf.APIException):
        if challenge := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if wait := getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(wait))
    if error.status == 401:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')
    response = Response(problem_document(error), status=error.status, headers=headers, content_type=CONTENT_TYPE)
    response.is_lost_race = isinstance(error, LostRace)  # type: ignore[attr-defined]  # read by RetryLostRacesMiddleware
    return response


def plain_problem(error: DomainError) -> HttpResponse:
    """The problem as a plain Django response, for what happens outside DRF."""
    response = HttpResponse(
        orjson.dumps(problem_document(error)), status=error.status, content_type=CONTENT_TYPE, headers=error.headers
    )
    response.is_lost_race = isinstance(error, LostRace)  # type: ignore[attr-defined]  # read by RetryLostRacesMiddleware
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return plain_problem(_as_domain_error(exception) or errors.MalformedRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return plain_problem(errors.PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return plain_problem(errors.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: no trace, no SQL, only the request id under which we find it.

    The request's transaction opens and commits outside of DRF: a database that is away then, or that refuses the
    commit, is met here.
    """
    failure = sys.exception()
    if isinstance(failure, DatabaseError | InterfaceError) and (error := _as_domain_error(failure)):
        return plain_problem(error)
    return plain_problem(errors.InternalError("The error is in our logs under this request id."))


def _as_domain_error(exc: Exception) -> DomainError | None:
    match exc:
        case DomainError():
            return exc
        case drf.ValidationError():
            return errors.InvalidInput(
                "One or more fields are invalid; see errors.", errors=list(_field_errors(exc.get_full_details(), ""))
            )
        case IntegrityError() | DataError():
            return refusal_of(exc)
        case DatabaseError() | InterfaceError():
            return fault_of(exc)
    for theirs, ours in _FROM_DRF:
        if isinstance(exc, theirs):
            return ours(_detail_of(exc, ours))
    return None


def _detail_of(exc: Exception, kind: type[DomainError]) -> str:
    if isinstance(exc, drf.NotFound | Http404):
        return "It does not exist, or it is not yours to see."
    if isinstance(exc, drf.APIException):
        return str(exc.detail)
    return kind.title


def _field_errors(details: Any, path: str) -> Iterator[FieldError]:
    """Flatten DRF's nested details: `{'skills': [{}, {'level': […]}]}` names the field `skills[1].level`."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield FieldError(path or "body", str(details["code"]), str(details["message"]))
    elif isinstance(details, dict):
        for name, inner in details.items():
            if name == "non_field_errors":
                yield from _field_errors(inner, path)
            else:
                step = f"[{name}]" if isinstance(name, int) else f".{name}" if path else str(name)
                yield from _field_errors(inner, f"{path}{step}")
    elif isinstance(details, list):
        is_leaf = all(isinstance(item, dict) and set(item) == {"message", "code"} for item in details)
        for index, inner in enumerate(details):
            yield from _field_errors(inner, path if is_leaf else f"{path}[{index}]")
