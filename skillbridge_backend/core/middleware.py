"""Before and after every view: the request's id, its log line, and the refusal of what no view should see."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.cache import patch_vary_headers

from skillbridge_backend.core import context
from skillbridge_backend.core.database_faults import MOST_RUNS, pause_before_run
from skillbridge_backend.core.errors import BodyTooLarge, FieldError, LengthRequired, MalformedRequest
from skillbridge_backend.core.metrics import observe_request
from skillbridge_backend.core.problems import plain_problem

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


class RequestContextMiddleware:
    """Gives each request an id (the caller's, when it is harmless), a log line, and its place in the metrics.

    And its answer the headers of whatever limit counted it, however the request ended.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = context.acceptable_request_id(request.headers.get(context.REQUEST_ID_HEADER))
        id_token, actor_token = context.request_id.set(request_id), context.actor_id.set(None)
        client_token, limit_token = context.client.set({}), context.rate_limit_headers.set({})
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id, user_id=None, script=None):
            try:
                response = self.get_response(request)
                seconds = time.perf_counter() - started
                self._record(request, response, seconds)
                for name, value in context.rate_limit_headers.get().items():
                    response[name] = value
            finally:
                context.request_id.reset(id_token)
                context.actor_id.reset(actor_token)
                context.client.reset(client_token)
                context.rate_limit_headers.reset(limit_token)
        response[context.REQUEST_ID_HEADER] = request_id
        return response

    @staticmethod
    def _record(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        observe_request(method=request.method or "", route=route, status=response.status_code, seconds=seconds)
        if route.startswith(("health/", "metrics")):
            return
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )


class RequestGuardMiddleware:
    """Refuses bodies over the limit or of unknown length, and NUL characters in the URL, which PostgreSQL cannot store.

    A body without a length would be read as an empty one by WSGI, and past the limit by ASGI.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return plain_problem(MalformedRequest("The URL holds a NUL character."))
        field, limit = settings.UPLOADS.get(request.path, ("", settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        if "/webhooks/" in request.path:
            limit = settings.WEBHOOK_MAX_BODY_BYTES
        if request.headers.get("Transfer-Encoding"):
            return plain_problem(LengthRequired("Send the body in one piece, with Content-Length."))
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return plain_problem(MalformedRequest("Content-Length is not a number."))
        if int(length[:20]) > limit:
            detail = f"At most {limit} bytes are accepted here."
            errors = [FieldError(field, "too_large", detail)] if field else []
            return plain_problem(BodyTooLarge(detail, errors=errors))
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """Sends `Content-Security-Policy`: nothing at all for the API, our own origin for pages (docs, admin).

    And keeps out of caches what is for one person: whatever answers to a token, and whatever is no mere reading, such
    as a login, whose answer holds tokens.
    """

    API_POLICY = "default-src 'none'; frame-ancestors 'none'"
    PAGE_POLICY = (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        response.headers.setdefault("Content-Security-Policy", self.PAGE_POLICY if is_page else self.API_POLICY)
        if not is_page:
            if request.headers.get("Authorization") or request.method not in ("GET", "HEAD", "OPTIONS"):
                response.headers.setdefault("Cache-Control", "no-store")
            patch_vary_headers(response, ("Authorization",))
        return response


class RetryLostRacesMiddleware:
    """Runs a request again, at most twice, when its transaction fell to a deadlock or a serialization failure.

    Only what is one transaction: it was rolled back as a whole, and nothing outside the database happened in it. Stands
    last, so that everything before it sees one request and one answer.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        is_repeatable = length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if is_repeatable and length:
            try:
                _ = request.body  # keeps it for another run
            except UnreadablePostError:
                return plain_problem(MalformedRequest("The body ended before its length."))
        response = self.get_response(request)
        for run in range(2, MOST_RUNS + 1):
            if not (is_repeatable and getattr(response, "is_lost_race", False) and self._was_one_transaction(request)):
                break
            log.warning("request_runs_again", run=run)
            pause_before_run(run)
            response = self.get_response(request)
        return response

    @staticmethod
    def _was_one_transaction(request: HttpRequest) -> bool:
        """True when the view ran under ATOMIC_REQUESTS, and not inside somebody else's transaction."""
        exempt = getattr(request.resolver_match and request.resolver_match.func, "_non_atomic_requests", ())
        return not exempt and not connection.in_atomic_block
