"""Sign-up, confirmation, login, refresh and logout. None of them opens a request transaction."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from skillbridge_backend.core.errors import DomainError, InvalidInput
from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.rendering import OrjsonParser, OrjsonRenderer, PageRenderer
from skillbridge_backend.core.viewsets import OwnTransactions
from users import detection, refresh_cookie
from users.clients import Client, client_of
from users.detection import Sign
from users.enums import RefreshTransport
from users.exceptions import (
    InvalidCredentials,
    LoginCodeInvalid,
    RefreshTokenInvalid,
    SecondFactorInvalid,
    SecondFactorRequired,
)
from users.limits import (
    CONFIRM_EMAIL,
    LOG_IN,
    LOG_OUT,
    REFRESH,
    RESEND_CONFIRMATION,
    SIGN_UP,
    AccountLimits,
    forgive_first_factor,
    forgive_login,
    know_session,
)
from users.refresh_tokens import RefreshToken
from users.serializers.accounts import (
    AcceptedSerializer,
    AccountSerializer,
    CsrfTokenSerializer,
    EmailConfirmationSerializer,
    EmailSerializer,
    LoginSerializer,
    RefreshSerializer,
    SignUpSerializer,
    TokensSerializer,
)
from users.serializers.second_factors import LOGIN_PROBLEM, AskedSerializer
from users.services import AccountService, SessionService
from users.services.challenges import Asked
from users.services.sessions import Tokens
from users.views.pages import JSON, OR_A_PAGE, page

CONFIRM_PAGE = "confirm_email.html"
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
        "deletion_due_at": None,
    },
    response_only=True,
)


SIGNS: dict[type[Exception], Sign] = {
    InvalidCredentials: Sign.FAILED_LOGINS,
    LoginCodeInvalid: Sign.FAILED_LOGINS,
    SecondFactorInvalid: Sign.FAILED_LOGINS,
    RefreshTokenInvalid: Sign.IMPOSSIBLE_REFRESHES,
}
"""The refusals that are a sign of an attack when there are many."""


class AccountView(OwnTransactions, APIView):
    """Base of the account endpoints: open to everybody, with the rights of account_service inside the service."""

    authentication_classes = []
    permission_classes = [AllowAny]
    input_serializer: ClassVar[type[Serializer[Any]]]
    limits: ClassVar[AccountLimits]

    def get_throttles(self) -> list[BaseThrottle]:
        """What is posted has the limits of its endpoint, in the place of the general ones."""
        return super().get_throttles() if self.request.method in SAFE_METHODS else []

    def handle_exception(self, exc: Exception) -> Response:
        """The problem; one that many accounts have from the same source is noticed as an attack."""
        sign = SIGNS.get(type(exc))
        if sign:
            subject = self.account_in(self.request) or text_in(self.request, "ticket")
            detection.notice(sign, subject, client_of(self.request))
        return super().handle_exception(exc)

    def account_in(self, request: Request) -> str:
        """Whose account the request says it is about, for the limits; '' where that is not for the body to say.

        An address beside what the endpoint takes would be the sender's choice: of what they are counted as.
        """
        return text_in(request, "email").strip().lower() if "email" in self.input_serializer().fields else ""

    def valid_input(self, request: Request) -> dict[str, Any]:
        """The body, checked. The request is counted before that, so that rubbish is bounded too."""
        self.limits.count(self.account_in(request), client_of(request))
        return check(self.input_serializer(data=request.data))


class SignUpView(AccountView):
    """Open an account."""

    input_serializer = SignUpSerializer
    limits = SIGN_UP

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

    input_serializer = EmailConfirmationSerializer
    limits = CONFIRM_EMAIL
    parser_classes = [OrjsonParser, FormParser]
    renderer_classes = [OrjsonRenderer, PageRenderer]

    @extend_schema(
        operation_id="auth_confirm_email_page",
        parameters=[OpenApiParameter("token", str)],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """A page that asks for the password. It confirms nothing by itself: mail scanners open links."""
        return page(CONFIRM_PAGE, token=request.query_params.get("token", ""))

    @extend_schema(
        operation_id="auth_confirm_email",
        request={JSON: EmailConfirmationSerializer},
        responses={200: AccountSerializer, **OR_A_PAGE},
    )
    def post(self, request: Request) -> HttpResponse:
        """Confirms the address; the account, or a page for a browser's form. Harmless to repeat."""
        is_page = request.accepted_renderer.format == "html"
        try:
            given = self.valid_input(request)
            # Our own page always asks for it.
            password = given.get("password", "" if is_page else None)
            user = AccountService().confirm_email(token=given["token"], password=password, client=client_of(request))
        except DomainError as problem:
            if is_page:
                token = text_in(request, "token") if isinstance(problem, InvalidInput) else ""
                return page(CONFIRM_PAGE, status=problem.status, headers=problem.headers, problem=problem, token=token)
            raise
        return page(CONFIRM_PAGE, is_confirmed=True) if is_page else Response(AccountSerializer(user).data)


class ResendConfirmationView(AccountView):
    """Ask for the confirmation link again."""

    input_serializer = EmailSerializer
    limits = RESEND_CONFIRMATION

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
    limits = LOG_IN

    @extend_schema(
        operation_id="auth_login",
        request=LoginSerializer,
        responses={200: TokensSerializer, **LOGIN_PROBLEM},
        examples=[TOKENS_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Tokens for address and password. After ten failures from one address there is a try every 90 seconds.

        Where the account has a second factor the answer is `401 second_factor_required`, with a `ticket`, the `factors`
        that count and `passkey_options` for the browser; go on at `/auth/login/second-factor/`.
        """
        given, client = self.valid_input(request), client_of(request)
        transport = given.pop("refresh_in")
        begun = SessionService().log_in(**given, client=client)
        if isinstance(begun, Tokens):
            forgive_login(begun.user, client)
        else:
            forgive_first_factor(client)
        return tokens_response(begun, client, in_cookie=transport == RefreshTransport.COOKIE)


class RefreshTokenView(AccountView):
    """Base of the endpoints that a refresh token is the credential of."""

    input_serializer = RefreshSerializer

    def account_in(self, request: Request) -> str:
        """The family that the token names; guesses at its secret share a count."""
        presented = RefreshToken.parse(text_in(request, "refresh") or refresh_cookie.kept_by(request))
        return str(presented.family_id) if presented else ""


class RefreshView(RefreshTokenView):
    """Exchange a refresh token."""

    limits = REFRESH

    @extend_schema(
        operation_id="auth_refresh", request=RefreshSerializer, responses=TokensSerializer, examples=[TOKENS_EXAMPLE]
    )
    def post(self, request: Request) -> Response:
        """New tokens. Use each refresh token once; a token that was used long ago ends the session it belongs to.

        Without a token in the body the browser's cookie is taken, with the header X-CSRFToken.
        """
        token, in_cookie = _refresh_token(request, self.valid_input(request))
        client = client_of(request)
        tokens = SessionService().refresh(token=token, client=client)
        return tokens_response(tokens, client, in_cookie=in_cookie)


class LogoutView(RefreshTokenView):
    """Log out."""

    limits = LOG_OUT

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


def text_in(request: Request, field: str) -> str:
    """What the body, not checked yet, has in this field; '' when that is no text."""
    text = request.data.get(field) if isinstance(request.data, Mapping) else None
    return text if isinstance(text, str) else ""


def _refresh_token(request: Request, given: dict[str, Any]) -> tuple[str, bool]:
    """The token of the body, else that of the cookie, and whether it was the cookie's. Raises InvalidInput."""
    if "refresh" in given:
        return given["refresh"], False
    if token := refresh_cookie.taken_from(request):
        return token, True
    raise InvalidInput.of("refresh", "Send the refresh token here, or the cookie that holds it.", code="required")


def tokens_response(begun: Tokens | Asked, client: Client, *, in_cookie: bool) -> Response:
    """The tokens, where they belong; SecondFactorRequired when the login goes on. Limits know where the session is."""
    if isinstance(begun, Asked):
        raise SecondFactorRequired("Send a second factor with this ticket.", **AskedSerializer(begun).data)
    know_session(begun.session_id, client)
    body = TokensSerializer(begun).data
    response = Response(body | {"refresh": None} if in_cookie else body)
    if in_cookie:
        refresh_cookie.put(response, begun.refresh)
    return response
