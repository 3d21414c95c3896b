"""Second factors: to log in with, to prove who one is with, to add and to remove."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from skillbridge_backend.core.inputs import check
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ReadsThenCalls
from users.authentication import actor_of, session_of
from users.clients import client_of
from users.enums import RefreshTransport
from users.limits import PASSKEY_LOGIN, SECOND_FACTOR, SECOND_FACTOR_CHANGE, forgive_login
from users.models.people import ONE_LINE
from users.serializers.accounts import TokensSerializer
from users.serializers.second_factors import (
    LONGEST_PASSKEY_NAME,
    AskedSerializer,
    CodeSerializer,
    EnrolmentSerializer,
    FactorsSerializer,
    NewPasskeySerializer,
    PasskeyLoginSerializer,
    PasskeyNameSerializer,
    PasskeyRegistrationSerializer,
    PasskeySerializer,
    RecoveryCodesSerializer,
    SecondFactorSerializer,
    StepUpSerializer,
)
from users.services import SecondFactorService, SessionService, StepUpService
from users.services.challenges import account_in
from users.views.accounts import TOKENS_EXAMPLE, AccountView, text_in, tokens_response


class FinishLoginView(AccountView):
    """The second step of a login."""

    input_serializer = SecondFactorSerializer
    limits = SECOND_FACTOR

    def account_in(self, request: Request) -> str:
        """The account that the ticket names."""
        return str(account_in(text_in(request, "ticket")) or "")

    @extend_schema(
        operation_id="auth_login_second_factor",
        request=SecondFactorSerializer,
        responses=TokensSerializer,
        examples=[
            OpenApiExample("A code", value={"ticket": "WyIwMTlhYzVmMC…", "code": "492039"}, request_only=True),
            TOKENS_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        """Tokens for the ticket of a login that answered `second_factor_required`, and a code or passkey."""
        given, client = self.valid_input(request), client_of(request)
        transport = given.pop("refresh_in")
        tokens = SessionService().finish_login(**given, client=client)
        forgive_login(tokens.user, client, counted=self.limits)
        return tokens_response(tokens, client, in_cookie=transport == RefreshTransport.COOKIE)


class AskForPasskeyView(AccountView):
    """Begin a login with a passkey alone."""

    limits = PASSKEY_LOGIN

    @extend_schema(operation_id="auth_login_passkey", request=None, responses=AskedSerializer)
    def post(self, request: Request) -> Response:
        """What the browser asks its passkeys. No address is needed: the passkey says whose it is."""
        self.limits.count("", client_of(request))
        return Response(AskedSerializer(SessionService().ask_for_passkey()).data)


class PasskeyLoginView(AccountView):
    """Log in with a passkey alone."""

    input_serializer = PasskeyLoginSerializer
    limits = PASSKEY_LOGIN

    @extend_schema(
        operation_id="auth_login_passkey_confirm", request=PasskeyLoginSerializer, responses=TokensSerializer
    )
    def post(self, request: Request) -> Response:
        """Tokens for the passkey's answer. It has asked for a PIN, a finger or a face: that is two factors."""
        given, client = self.valid_input(request), client_of(request)
        transport = given.pop("refresh_in")
        tokens = SessionService().log_in_with_passkey(**given, client=client)
        forgive_login(tokens.user, client, counted=self.limits)
        return tokens_response(tokens, client, in_cookie=transport == RefreshTransport.COOKIE)


class OwnFactorsView(ReadsThenCalls, APIView):
    """Base of what somebody does with their own factors; each try is counted."""

    permission_classes = [IsAuthenticated]
    limits: ClassVar = SECOND_FACTOR_CHANGE

    def valid_input(self, request: Request, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The body, checked."""
        return check(serializer_class(data=request.data))

    def about(self, request: Request) -> dict[str, Any]:
        """Who asks, in which session and from where, for the service; counted."""
        actor, client = actor_of(request), client_of(request)
        self.limits.count(str(actor.pk), client)
        return {"actor": actor, "session_id": session_of(request), "client": client}


class FactorsView(ReadsThenCalls, APIView):
    """One's second factors."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="auth_factors", responses=FactorsSerializer)
    def get(self, request: Request) -> Response:
        """Authenticator app, passkeys, and how many recovery codes are left."""
        return Response(FactorsSerializer(SecondFactorService().overview(actor_of(request))).data)


class AuthenticatorAppView(OwnFactorsView):
    """One's authenticator app."""

    @extend_schema(operation_id="auth_authenticator_app_enrol", request=None, responses={201: EnrolmentSerializer})
    def post(self, request: Request) -> Response:
        """A secret for the app, also as a QR code. It counts once its first code is confirmed."""
        about = self.about(request)
        enrolment = SecondFactorService().enrol_app(about["actor"], session_id=about["session_id"])
        return Response(EnrolmentSerializer(enrolment).data, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="auth_authenticator_app_remove", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Removes it, and ends all other sessions."""
        SecondFactorService().remove_app(**self.about(request))
        return Response(status=204)


class ConfirmAuthenticatorAppView(OwnFactorsView):
    """Show that the app works."""

    @extend_schema(
        operation_id="auth_authenticator_app_confirm", request=CodeSerializer, responses=RecoveryCodesSerializer
    )
    def post(self, request: Request) -> Response:
        """From now on a login asks for its code. Ends all other sessions; gives recovery codes with a first factor."""
        about, given = self.about(request), self.valid_input(request, CodeSerializer)
        codes = SecondFactorService().confirm_app(**about, **given)
        return Response({"recovery_codes": codes}, headers={"Cache-Control": "no-store"})


class PasskeysView(OwnFactorsView):
    """One's passkeys."""

    @extend_schema(operation_id="auth_passkey_ask", request=None, responses=AskedSerializer)
    def post(self, request: Request) -> Response:
        """What the browser needs to make a passkey (`navigator.credentials.create`)."""
        about = self.about(request)
        asked = SecondFactorService().ask_for_passkey(about["actor"], session_id=about["session_id"])
        return Response(AskedSerializer(asked).data)


class AddPasskeyView(OwnFactorsView):
    """Register a passkey."""

    @extend_schema(
        operation_id="auth_passkey_add", request=PasskeyRegistrationSerializer, responses={201: NewPasskeySerializer}
    )
    def post(self, request: Request) -> Response:
        """Adds what the browser made. Ends all other sessions; gives recovery codes with a first factor."""
        about, given = self.about(request), self.valid_input(request, PasskeyRegistrationSerializer)
        key, codes = SecondFactorService().add_passkey(**about, **given)
        body = NewPasskeySerializer({"passkey": key, "recovery_codes": codes}).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


RENAMING = {
    "application/json": {
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_PASSKEY_NAME,
                "pattern": ONE_LINE + "$",
            }
        },
        "required": ["name"],
    }
}
"""Of a PATCH drf-spectacular would say that everything may be left out."""


class PasskeyView(OwnFactorsView):
    """One passkey."""

    @extend_schema(operation_id="auth_passkey_rename", request=RENAMING, responses=PasskeySerializer)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Gives it another name."""
        given = self.valid_input(request, PasskeyNameSerializer)
        key = SecondFactorService().rename_passkey(actor_of(request), passkey_id=pk, **given)
        return Response(PasskeySerializer(key).data)

    @extend_schema(operation_id="auth_passkey_remove", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Removes it, and ends all other sessions."""
        SecondFactorService().remove_passkey(**self.about(request), passkey_id=pk)
        return Response(status=204)


class RecoveryCodesView(OwnFactorsView):
    """One's recovery codes."""

    @extend_schema(operation_id="auth_recovery_codes_renew", request=None, responses={201: RecoveryCodesSerializer})
    def post(self, request: Request) -> Response:
        """Ten new ones; the old ones no longer work."""
        codes = SecondFactorService().renew_recovery_codes(**self.about(request))
        return Response({"recovery_codes": codes}, status=201, headers={"Cache-Control": "no-store"})


class StepUpView(OwnFactorsView):
    """Begin a proof of who one is."""

    @extend_schema(operation_id="auth_step_up", request=None, responses=AskedSerializer)
    def post(self, request: Request) -> Response:
        """What to prove it with: a second factor, or the password where there is none."""
        return Response(AskedSerializer(StepUpService().ask(self.about(request)["actor"])).data)


class ConfirmStepUpView(OwnFactorsView):
    """Prove who one is."""

    limits = SECOND_FACTOR

    @extend_schema(operation_id="auth_step_up_confirm", request=StepUpSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """For ten minutes this session may do what is dangerous."""
        about, given = self.about(request), self.valid_input(request, StepUpSerializer)
        StepUpService().prove(**about, **given)
        return Response(status=204)
