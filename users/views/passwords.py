"""A new password: for whoever knows the old one, or reads the mailbox."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from skillbridge_backend.core.errors import DomainError
from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.rendering import OrjsonParser, OrjsonRenderer, PageRenderer
from skillbridge_backend.core.viewsets import ReadsThenCalls
from users.authentication import actor_of, session_of
from users.clients import client_of
from users.limits import PASSWORD_CHANGE, PASSWORD_RESET, PASSWORD_RESET_CONFIRM, know_address
from users.serializers.accounts import (
    AcceptedSerializer,
    EmailSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
)
from users.services import PasswordService
from users.views.accounts import AccountView, text_in
from users.views.pages import JSON, OR_A_PAGE, page

RESET_PAGE = "reset_password.html"


class AskForResetView(AccountView):
    """Ask for a link to choose a new password."""

    input_serializer = EmailSerializer
    limits = PASSWORD_RESET

    @extend_schema(operation_id="auth_password_reset", request=EmailSerializer, responses={202: AcceptedSerializer})
    def post(self, request: Request) -> Response:
        """Mails it to whoever has this address, at most every three minutes; the answer is always the same."""
        PasswordService().ask_for_reset(**self.valid_input(request))
        return Response({"detail": "If this address has an account, a mail is on its way."}, status=202)


class ResetView(AccountView):
    """Choose a new password."""

    input_serializer = PasswordResetSerializer
    limits = PASSWORD_RESET_CONFIRM
    parser_classes = [OrjsonParser, FormParser]
    renderer_classes = [OrjsonRenderer, PageRenderer]

    def account_in(self, request: Request) -> str:
        """The account that the token names; guesses at its proof share a count."""
        return text_in(request, "token").partition(".")[0]

    @extend_schema(
        operation_id="auth_password_reset_page",
        parameters=[OpenApiParameter("token", str)],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """A page with a form. It changes nothing by itself: mail scanners open links."""
        return page(RESET_PAGE, token=request.query_params.get("token", ""))

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        request={JSON: PasswordResetSerializer},
        responses={204: None, **OR_A_PAGE},
    )
    def post(self, request: Request) -> HttpResponse:
        """Sets the password and ends all sessions; nothing, or a page for a browser's form. Log in afterwards."""
        is_page, client = request.accepted_renderer.format == "html", client_of(request)
        try:
            user = PasswordService().reset(**self.valid_input(request), client=client)
        except DomainError as problem:
            if is_page:
                token = text_in(request, "token")
                return page(RESET_PAGE, status=problem.status, headers=problem.headers, problem=problem, token=token)
            raise
        know_address(user, client)
        return page(RESET_PAGE, is_done=True) if is_page else Response(status=204)


class ChangeView(ReadsThenCalls, APIView):
    """Change one's password. Guesses at the present one are limited like logins."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="auth_password_change", request=PasswordChangeSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sets the password, ends all other sessions, and tells the owner by e-mail."""
        actor, client = actor_of(request), client_of(request)
        PASSWORD_CHANGE.count(str(actor.pk), client)
        given = check(PasswordChangeSerializer(data=request.data))
        PasswordService().change(
            actor,
            current=given["current_password"],
            password=given["password"],
            session_id=session_of(request),
            client=client,
        )
        return Response(status=204)
