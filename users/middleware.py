"""Tells the database who works in the admin, so that the audit trail can say it."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from skillbridge_backend.core import context
from skillbridge_backend.core.access import name_actor
from users.clients import client_of
from users.models import User


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
