"""Routes of the admin process: Django admin and its health, on a port of their own."""

from typing import NoReturn

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import path, re_path
from django.views.generic import RedirectView

from skillbridge_backend.core.health import live, ready


def nothing(request: HttpRequest) -> NoReturn:
    """Raises Http404."""
    raise Http404


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Django's page asks for no proof, mails nobody and leaves the API's sessions: PasswordService is the only way.
    re_path(r"^admin/password_change/", nothing),
    path("admin/", admin.site.urls),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
]
