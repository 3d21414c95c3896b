"""Sign-up, confirmation, login, refresh and logout. None of them opens a request transaction."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from skillbridge_backend.core.errors import DomainError, InvalidInput
from skillbridge_backend.core.rendering import OrjsonParser, OrjsonRenderer
from skillbridge_backend.core.viewsets import OwnTransactions
from users import refresh_cookie
from users.clients import client_of
from users.enums import RefreshTransport
from users.serializers.accounts import (
    AcceptedSerializer,
    AccountSerializer,
    ConfirmationSerializer,
    CsrfTokenSerializer,
    EmailSerializer,
    LoginSerializer,
    RefreshSerializer,
    SignUpSerializer,
    TokensSerializer,
)
from users.services import AccountService, SessionService
from users.services.sessions import Tokens

TOKENS_EXAMPLE = OpenApiExample(
    "Tokens",
    value={
        "access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…",
        "refresh": "019ac5f0a1b27c3d8e4f5a6b7c8d9e0f.0.vDq3…",
        "expires_in": 300,
        "user": {
            "id": "019ac5f0-a1b2-7c3d-8e4f-5a6b7c8d9e0f",
            "email": "ada@example.org",
            "handle": "ada",
            "display_name": "Ada",
            "role": "learner",
            "email_confirmed_at": "2026-11-22T10:00:00Z",
        },
    },
    response_only=True,
)


class AccountView(OwnTransactions, APIView):
    """Base of the account endpoints: open to everybody, with the rights of account_service inside the service."""

    authentication_classes = []
    permission_classes = [AllowAny]
    input_serializer: ClassVar[type[BaseSerializer[Any]]]

    def valid_input(self, request: Request) -> dict[str, Any]:
        """The body, checked."""
        serializer = self.input_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class SignUpView(AccountView):
    """Open an account."""

    input_serializer = SignUpSerializer

    @extend_schema(
        operation_id="auth_signup",
        request=SignUpSerializer,
        responses={202: AcceptedSerializer},
        examples=[
            OpenApiExample(
                "A learner",
                value={"email": "ada@example.org", "password": "a long sentence is best", "display_name": "Ada"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Mails a confirmation link. The answer is the same for an address that has an account."""
        AccountService().sign_up(**self.valid_input(request), client=client_of(request))
        return Response({"detail": "Open the link that we have sent to your address."}, status=202)


class ConfirmEmailView(AccountView):
    """Confirm an address."""

    input_serializer = ConfirmationSerializer
    parser_classes = [OrjsonParser, FormParser]
    renderer_classes = [OrjsonRenderer, StaticHTMLRenderer]

    @extend_schema(
        operation_id="auth_confirm_email_page",
        parameters=[OpenApiParameter("token", str, required=True)],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """A page with a button. It confirms nothing by itself: mail scanners open links."""
        return _page(token=request.query_params.get("token", ""), action=reverse("confirm-email"))

    @extend_schema(
        operation_id="auth_confirm_email",
        request={
            "application/json": ConfirmationSerializer,
            "application/x-www-form-urlencoded": ConfirmationSerializer,
        },
        responses=AccountSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Confirms the address; the account, or a page for a browser's form. Harmless to repeat."""
        is_page = request.accepted_renderer.format == "html"
        try:
            user = AccountService().confirm_email(**self.valid_input(request), client=client_of(request))
        except DomainError as problem:
            if is_page:
                return _page(status=problem.status, problem=problem)
            raise
        return _page(is_confirmed=True) if is_page else Response(AccountSerializer(user).data)


class ResendConfirmationView(AccountView):
    """Ask for the confirmation link again."""

    input_serializer = EmailSerializer

    @extend_schema(
        operation_id="auth_resend_confirmation", request=EmailSerializer, responses={202: AcceptedSerializer}
    )
    def post(self, request: Request) -> Response:
        """Mails it when the address waits for it, at most every three minutes; the answer is always the same."""
        AccountService().resend_confirmation(**self.valid_input(request))
        return Response({"detail": "If this address waits for confirmation, a mail is on its way."}, status=202)


class LoginView(AccountView):
    """Log in."""

    input_serializer = LoginSerializer

    @extend_schema(
        operation_id="auth_login", request=LoginSerializer, responses=TokensSerializer, examples=[TOKENS_EXAMPLE]
    )
    def post(self, request: Request) -> Response:
        """Tokens for address and password. Ten failures from one place end in a 429 for a quarter of an hour."""
        given = self.valid_input(request)
        transport = given.pop("refresh_in")
        tokens = SessionService().log_in(**given, client=client_of(request))
        return _tokens_response(tokens, in_cookie=transport == RefreshTransport.COOKIE)


class RefreshView(AccountView):
    """Exchange a refresh token."""

    input_serializer = RefreshSerializer

    @extend_schema(
        operation_id="auth_refresh", request=RefreshSerializer, responses=TokensSerializer, examples=[TOKENS_EXAMPLE]
    )
    def post(self, request: Request) -> Response:
        """New tokens. Use each refresh token once; a token that was used long ago ends the session it belongs to.

        Without a token in the body the browser's cookie is taken, with the header X-CSRFToken.
        """
        token, in_cookie = _refresh_token(request, self.valid_input(request))
        tokens = SessionService().refresh(token=token, client=client_of(request))
        return _tokens_response(tokens, in_cookie=in_cookie)


class LogoutView(AccountView):
    """Log out."""

    input_serializer = RefreshSerializer

    @extend_schema(operation_id="auth_logout", request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends the session of this refresh token, or of the browser's cookie; harmless to repeat."""
        token, in_cookie = _refresh_token(request, self.valid_input(request))
        SessionService().log_out(token=token, client=client_of(request))
        response = Response(status=204)
        if in_cookie:
            refresh_cookie.remove(response)
        return response


class CsrfTokenView(AccountView):
    """Prove which page a request comes from."""

    @extend_schema(operation_id="auth_csrf", responses=CsrfTokenSerializer)
    def get(self, request: Request) -> Response:
        """A token for the header X-CSRFToken, which refresh and logout by cookie need. Ask again after a reload."""
        return Response({"csrf_token": refresh_cookie.csrf_token(request)}, headers={"Cache-Control": "no-store"})


def _refresh_token(request: Request, given: dict[str, Any]) -> tuple[str, bool]:
    """The token of the body, else that of the cookie, and whether it was the cookie's. Raises InvalidInput."""
    if "refresh" in given:
        return given["refresh"], False
    if token := refresh_cookie.taken_from(request):
        return token, True
    raise InvalidInput.of("refresh", "Send the refresh token here, or the cookie that holds it.", code="required")


def _tokens_response(tokens: Tokens, *, in_cookie: bool) -> Response:
    body = TokensSerializer(tokens).data
    response = Response(body | {"refresh": None} if in_cookie else body)
    if in_cookie:
        refresh_cookie.put(response, tokens.refresh)
    return response


def _page(*, status: int = 200, **context: Any) -> HttpResponse:
    response = HttpResponse(render_to_string("users/confirm_email.html", context), status=status)
    # The address holds the token: it must not travel to other sites, nor stay in a shared cache.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
