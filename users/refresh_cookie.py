"""The refresh token of a browser: in a cookie that no script reads, taken only with a CSRF token beside it.

The cookie is for the account endpoints alone, for our own site alone (`SameSite=Strict`), and over TLS alone in
production. Django's own check stands guard: the header `X-CSRFToken` must hold the token of the cookie `csrftoken`, and
the Origin must be ours or one of CORS_ALLOWED_ORIGINS. Apps have no cookies: they send the token in the body.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request
from rest_framework.response import Response

from users.exceptions import CsrfFailed

PATH = "/api/v1/auth/"


def put(response: Response, refresh: str) -> None:
    """Let the browser keep the token, for as long as it lives without being used."""
    response.set_cookie(
        _name(),
        refresh,
        max_age=settings.REFRESH_TOKEN_IDLE,
        path=PATH,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def kept_by(request: Request) -> str:
    """The token that the browser keeps, to count by; what is to be done with it, `taken_from` decides."""
    return str(request.COOKIES.get(_name(), ""))


def taken_from(request: Request) -> str:
    """The token that the browser keeps; '' when it keeps none. Raises CsrfFailed where it cannot prove its page."""
    token = kept_by(request)
    if token:
        check = CSRFCheck(_nothing)
        check.process_request(request)
        reason = check.process_view(request, _nothing, (), {})
        if reason:
            raise CsrfFailed(f"Send the header X-CSRFToken with the token of GET {PATH}csrf/. ({reason})")
    return token


def remove(response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(_name(), path=PATH, samesite="Strict")


def csrf_token(request: Request) -> str:
    """A CSRF token for the header; its cookie goes out with the response."""
    # CsrfViewMiddleware looks for it on Django's request, which DRF wraps.
    return get_token(request._request)  # noqa: SLF001  # as DRF's own SessionAuthentication does


def _nothing(_request: HttpRequest) -> HttpResponse:
    """What Django's check stands before here: only its answer counts."""
    return HttpResponse()


def _name() -> str:
    # The prefix makes browsers refuse it without TLS (RFC 6265bis, 4.1.3.1).
    return "__Secure-refresh" if settings.CSRF_COOKIE_SECURE else "refresh"
