"""The cookie that ties a visit at a login provider to the browser that it began in.

Without it somebody could begin a login of their own, and let another's browser finish it: that person would then be
logged in to an account that is not theirs, or have it linked to their own (RFC 9700, 4.7). Each visit has a cookie of
its own, so that two tabs do not disturb each other. `__Host-` in production: no other host of the same site can plant
one. `SameSite=Lax`, for the way back from the provider begins on another site: the cookie comes with an address that a
browser is led to, and with nothing that another site posts.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


def put(response: HttpResponseBase, mark: str, secret: str) -> None:
    """Let the browser keep the secret of the visit with this mark, for as long as a visit may last and be finished."""
    response.set_cookie(
        _name(mark),
        secret,
        max_age=settings.PROVIDER_VISIT_LIFETIME + settings.CHALLENGE_LIFETIME,
        path="/",
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def kept_by(request: HttpRequest, mark: str) -> str:
    """What the browser keeps of this visit; '' when it keeps nothing."""
    return str(request.COOKIES.get(_name(mark), ""))


def remove(response: HttpResponseBase, mark: str) -> None:
    """Let the browser forget the visit."""
    response.delete_cookie(_name(mark), path="/", samesite="Lax")


def _name(mark: str) -> str:
    return f"{'__Host-' if settings.CSRF_COOKIE_SECURE else ''}provider-{mark}"
