"""Logging in with a code by e-mail."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from users.clients import client_of
from users.enums import RefreshTransport
from users.limits import LOGIN_CODE, LOGIN_CODE_CONFIRM, forgive_login
from users.serializers.accounts import (
    EmailSerializer,
    LoginCodeAskedSerializer,
    LoginCodeSerializer,
    TokensSerializer,
)
from users.serializers.second_factors import LOGIN_PROBLEM
from users.services import LoginCodeService
from users.services.sessions import Tokens
from users.views.accounts import TOKENS_EXAMPLE, AccountView, tokens_response


class AskForLoginCodeView(AccountView):
    """Ask for a code to log in with."""

    input_serializer = EmailSerializer
    limits = LOGIN_CODE

    @extend_schema(operation_id="auth_login_code", request=EmailSerializer, responses={202: LoginCodeAskedSerializer})
    def post(self, request: Request) -> Response:
        """Mails it to whoever has this address; everybody gets a ticket, whether or not there is an account."""
        asked = LoginCodeService().ask(**self.valid_input(request))
        return Response(LoginCodeAskedSerializer(asked).data, status=202)


class LoginCodeView(AccountView):
    """Log in with a code by e-mail."""

    input_serializer = LoginCodeSerializer
    limits = LOGIN_CODE_CONFIRM

    @extend_schema(
        operation_id="auth_login_code_confirm",
        request=LoginCodeSerializer,
        responses={200: TokensSerializer, **LOGIN_PROBLEM},
        examples=[
            OpenApiExample("A code", value={"ticket": "WyIwMTlhYzVmMC…", "code": "49203917"}, request_only=True),
            TOKENS_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        """Tokens for the ticket and the code; five tries in ten minutes. It confirms the address, too.

        Where the account has a second factor the answer is `401 second_factor_required`, as at `/auth/login/`.
        """
        given, client = self.valid_input(request), client_of(request)
        transport = given.pop("refresh_in")
        begun = LoginCodeService().log_in(**given, client=client)
        if isinstance(begun, Tokens):
            forgive_login(begun.user, client, counted=self.limits)
        return tokens_response(begun, client, in_cookie=transport == RefreshTransport.COOKIE)
