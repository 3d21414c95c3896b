"""Shapes of second factors: what is asked, what is answered, what somebody has."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from skillbridge_backend.core.schema import ProblemSerializer
from users.enums import RefreshTransport
from users.models import AuthenticatorApp, Passkey
from users.serializers.accounts import PasswordField, one_line
from users.services.challenges import Answer

FACTORS = ("code", "passkey", "recovery_code", "password")
LONGEST_PASSKEY_NAME = 60
_LONGEST_PASSKEY = 50_000
"""Characters of the browser's answer as JSON; a real one has a tenth of it."""


class CredentialField(serializers.DictField):
    """The browser's PublicKeyCredential as `toJSON()` gives it. What is in it, `users/webauthn.py` checks."""

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        """The object, if it is not far too large for one."""
        value = super().to_internal_value(data)
        if len(str(value)) > _LONGEST_PASSKEY:
            raise serializers.ValidationError("This is too long for a passkey.", code="max_length")
        return dict(value)


class TicketSerializer(serializers.Serializer[Any]):
    """Which question is answered."""

    ticket = serializers.CharField(max_length=300)


class AnswerSerializer(TicketSerializer):
    """One of the person's factors."""

    code = serializers.CharField(required=False, max_length=20, help_text="six digits of the authenticator app")
    recovery_code = serializers.CharField(required=False, max_length=20)
    passkey = CredentialField(required=False, help_text="the browser's PublicKeyCredential as JSON")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The ticket and an Answer; exactly one factor is one."""
        given = {name: attrs.pop(name) for name in FACTORS if name in attrs}
        if len(given) != 1:
            names = ", ".join(name for name in FACTORS if name in self.fields)
            raise serializers.ValidationError({"code": [f"Send one of these: {names}."]}, code="one_of")
        given = {name: value.replace(" ", "") if name == "code" else value for name, value in given.items()}
        return attrs | {"answer": Answer(**given)}


class ExactlyOneFactor(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers by subclassing
    """Says in the OpenAPI document what `AnswerSerializer.validate` demands."""

    target_class = AnswerSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        """A shape for each factor, by a name of its own: what generated clients make a class of."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001  # as the docs do
        stem = type(self.target).__name__.removesuffix("Serializer")
        shapes = []
        for factor in FACTORS:
            if factor in schema["properties"]:
                properties = {k: v for k, v in schema["properties"].items() if k == factor or k not in FACTORS}
                shape = ResolvedComponent(  # type: ignore[no-untyped-call]  # of drf-spectacular
                    name=f"{stem}By{factor.title().replace('_', '')}Request",
                    type=ResolvedComponent.SCHEMA,
                    object=(type(self.target), factor),
                    schema={**schema, "properties": properties, "required": [*schema["required"], factor]},
                )
                auto_schema.registry.register_on_missing(shape)
                shapes.append(shape.ref)
        return {"description": schema["description"], "oneOf": shapes}


class SecondFactorSerializer(AnswerSerializer):
    """The second step of a login."""

    refresh_in = serializers.ChoiceField(choices=RefreshTransport.choices, default=RefreshTransport.BODY)


class StepUpSerializer(AnswerSerializer):
    """A proof before something dangerous."""

    password = PasswordField(required=False, help_text="for accounts without a second factor")


class PasskeyLoginSerializer(TicketSerializer):
    """A login with a passkey alone."""

    passkey = CredentialField()
    refresh_in = serializers.ChoiceField(choices=RefreshTransport.choices, default=RefreshTransport.BODY)


class CodeSerializer(serializers.Serializer[Any]):
    """A code of the authenticator app."""

    code = serializers.CharField(max_length=20)


class PasskeyNameSerializer(serializers.Serializer[Any]):
    """What the person calls it."""

    name = serializers.CharField(max_length=LONGEST_PASSKEY_NAME, validators=[one_line])


class PasskeyRegistrationSerializer(TicketSerializer, PasskeyNameSerializer):
    """A new passkey."""

    passkey = CredentialField()


class AskedSerializer(serializers.Serializer[Any]):
    """What to answer, with what, and until when."""

    ticket = serializers.CharField()
    factors = serializers.ListField(child=serializers.ChoiceField(choices=FACTORS))
    passkey_options = serializers.DictField(
        allow_null=True,
        help_text="as `navigator.credentials` takes it, in JSON; `publicKey` in it is what"
        " `PublicKeyCredential.parse…OptionsFromJSON()` and libraries take",
    )
    expires_in = serializers.IntegerField(help_text="seconds")


class LoginProblemSerializer(ProblemSerializer):
    """Why nobody is logged in; with the code `second_factor_required`, what the login goes on with."""

    ticket = serializers.CharField(required=False)
    factors = serializers.ListField(child=serializers.ChoiceField(choices=FACTORS), required=False)
    passkey_options = serializers.DictField(required=False, allow_null=True)
    expires_in = serializers.IntegerField(required=False, help_text="seconds")


LOGIN_PROBLEM = {(401, "application/problem+json"): LoginProblemSerializer}
"""For the OpenAPI document: how a login answers whose first step was right."""


class PasskeySerializer(serializers.ModelSerializer[Passkey]):
    """A passkey, without its key."""

    class Meta:
        model = Passkey
        fields = ["id", "name", "is_synced", "created_at", "last_used_at"]
        read_only_fields = fields


class AuthenticatorAppSerializer(serializers.ModelSerializer[AuthenticatorApp]):
    """An authenticator app, without its secret."""

    class Meta:
        model = AuthenticatorApp
        fields = ["confirmed_at", "last_used_at"]
        read_only_fields = fields


class FactorsSerializer(serializers.Serializer[Any]):
    """What somebody has."""

    authenticator_app = AuthenticatorAppSerializer(allow_null=True)
    passkeys = PasskeySerializer(many=True)
    recovery_codes_left = serializers.IntegerField()


class EnrolmentSerializer(serializers.Serializer[Any]):
    """What an authenticator app reads; shown this once."""

    secret = serializers.CharField(help_text="base32, to type")
    uri = serializers.CharField(help_text="`otpauth:`, for a link on the same device")
    qr_code = serializers.CharField(help_text="SVG document")


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    """Codes for whoever has lost the other factors; shown this once, each works once."""

    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="ten; none when there are recovery codes already"
    )


class NewPasskeySerializer(RecoveryCodesSerializer):
    """The passkey that was added, and recovery codes when it is the first second factor."""

    passkey = PasskeySerializer()
