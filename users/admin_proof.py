"""A change in the admin takes a second factor of the last ten minutes: asks for one, and carries on what was posted.

The question is the answer to the post itself, at its own address, and holds its fields; they come back with the code,
and the page behind gets them as they were. Nothing is kept here in between, so nothing gets into another person's
session, and nothing leads elsewhere. What another site posts does not get this far: `CsrfViewMiddleware` is before.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from skillbridge_backend.core.errors import DomainError
from users.admin_login import TYPED_FIRST, answer_in, code_field
from users.clients import client_of
from users.limits import SECOND_FACTOR
from users.middleware import SAFE_METHODS, admin_session_of
from users.models import User
from users.services import AdminSessionService

CODE = "proof_code"
"""The field with the code, beside those of the page that was posted."""
_NOT_CARRIED = frozenset({CODE, "csrfmiddlewaretoken"})


class ProofForm(forms.Form):
    """Asks for a code of the authenticator app or a recovery code, and for no password."""

    proof_code = code_field(**TYPED_FIRST)

    def __init__(self, request: HttpRequest, actor: User) -> None:
        super().__init__(request.POST if CODE in request.POST else None)
        self._request, self._actor = request, actor

    def clean_proof_code(self) -> str:
        """Counted as any other second factor, and used up when it is right. Raises ValidationError."""
        code, client = str(self.cleaned_data[CODE]), client_of(self._request)
        try:
            SECOND_FACTOR.count(str(self._actor.pk), client)
        except DomainError as refusal:
            raise forms.ValidationError(f"{refusal.title}. {refusal.detail}", code=refusal.code) from refusal
        session_id = admin_session_of(self._request)
        if not AdminSessionService().prove(self._actor, session_id=session_id, answer=answer_in(code), client=client):
            raise forms.ValidationError("This code is not right, or was used before.", code="second_factor_invalid")
        return code


class AdminProofMiddleware:
    """Asks before a change when the last proof is older. Stands behind AdminSessionMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """None where the page may answer: it reads only, the proof is recent, or the code that came along is right.

        Every field that was posted is carried on, but no file; no page of the admin takes one.
        """
        actor = request.user
        if not request.path.startswith("/admin/") or request.method in SAFE_METHODS or not isinstance(actor, User):
            return None
        if request.path in {reverse("admin:login"), reverse("admin:logout")}:
            return None
        if AdminSessionService().is_proven(actor, session_id=admin_session_of(request)):
            return None
        carried = request.POST.copy()
        for name in _NOT_CARRIED & carried.keys():
            del carried[name]
        form = ProofForm(request, actor)
        if not form.is_valid():
            return _question(request, form, carried)
        request.POST = carried  # type: ignore[assignment]  # as the page's own form posts it
        return None


def _question(request: HttpRequest, form: ProofForm, carried: Any) -> HttpResponse:
    fields = [(name, value) for name, values in carried.lists() for value in values]
    context = {**admin.site.each_context(request), "title": "Your code", "form": form, "carried": fields}
    headers = {"Cache-Control": "no-store"}
    return TemplateResponse(request, "users/admin_proof.html", context, status=403, headers=headers)
