"""The pages that links in e-mails lead to, for whoever has no app that does it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from drf_spectacular.types import OpenApiTypes

JSON = "application/json"
"""For the OpenAPI document: the one body that clients send. The forms are those of our own pages."""
OR_A_PAGE = {(200, "text/html"): OpenApiTypes.STR, ("default", "text/html"): OpenApiTypes.STR}
"""For the OpenAPI document: what a view answers beside, when Accept says text/html."""


def page(template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any) -> HttpResponse:
    """`users/<template>`, filled in. Its address holds a token: it travels to no other site and stays in no cache.

    Where there is nothing left to do on it, it leads to the web application, if there is one.
    """
    home = settings.WEB_APP_URL if settings.WEB_APP_URL != settings.PUBLIC_URL else ""
    private = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return HttpResponse(
        render_to_string(f"users/{template}", {"home": home, **context}),
        status=status,
        headers={**(headers or {}), **private},
    )
