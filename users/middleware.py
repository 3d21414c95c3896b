"""Who works in the admin: tells the database, for the audit trail, and sends away whose session is over."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from skillbridge_backend.core import context
from skillbridge_backend.core.access import name_actor
from users.clients import client_of
from users.models import User
from users.services import AdminSessionService

ADMIN_SESSION = "skillbridge_session"
"""Under which Django's session names ours."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class AdminActorMiddleware:
    """Opens a page's transaction and names the person in it. Stands behind Django's AuthenticationMiddleware.

    The admin keeps the rights of its own login; only `auth.uid()` and the request become known. Health pages pass by:
    they answer without a database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        context.client.set(client_of(request).claims())
        with transaction.atomic():
            if isinstance(request.user, User):
                context.actor_id.set(request.user.pk)
                name_actor(request.user.pk, user_role=request.user.role)
            else:
                name_actor(None)
            return self.get_response(request)


class AdminSessionMiddleware:
    """Leads to the login whose session was ended. Stands behind AdminActorMiddleware.

    After the login one is back on the page; what a form said has to be said again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/") or not isinstance(request.user, User):
            return self.get_response(request)
        if request.path == reverse("admin:logout"):
            return self.get_response(request)
        if not AdminSessionService().is_over(request.user, session_id=admin_session_of(request)):
            return self.get_response(request)
        logout(request)
        messages.info(request, "Your session is over.")
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))


def admin_session_of(request: HttpRequest) -> UUID | None:
    """The session of ours that the request belongs to."""
    named = request.session.get(ADMIN_SESSION)
    return UUID(named) if named else None
