"""Shapes of logging in with, and linking, login providers."""

from typing import Any

from rest_framework import serializers

from users.enums import RefreshTransport, VisitPurpose
from users.landing import LONGEST
from users.models import SocialLink
from users.serializers.accounts import TokensSerializer


class LoginProviderSerializer(serializers.Serializer[Any]):
    """A provider that people can log in with here."""

    provider = serializers.CharField(source="name", help_text="as it stands in addresses")
    label = serializers.CharField(help_text="as people know it")  # type: ignore[assignment]  # a field, not the base's


class LoginProvidersSerializer(serializers.Serializer[Any]):
    """All providers; none where the operator has named none."""

    results = LoginProviderSerializer(many=True)


class StartVisitSerializer(serializers.Serializer[Any]):
    """Where the browser is to be in the end, and what for."""

    purpose = serializers.ChoiceField(
        choices=VisitPurpose.choices, default=VisitPurpose.LOGIN, help_text="`link` for somebody who is logged in"
    )
    next = serializers.CharField(
        max_length=LONGEST, default="/", help_text="a path of the web application, or an address that is allowed"
    )
    refresh_in = serializers.ChoiceField(
        choices=RefreshTransport.choices, default=RefreshTransport.BODY, help_text="of the login in the end"
    )


class StartedVisitSerializer(serializers.Serializer[Any]):
    """Where to lead the browser, which has a cookie now, and for how many seconds it may be away."""

    authorize_url = serializers.CharField()
    expires_in = serializers.IntegerField()


class PostedAnswerSerializer(serializers.Serializer[Any]):
    """What a provider lets a browser post that comes back from it."""

    state = serializers.CharField(max_length=200)
    code = serializers.CharField(max_length=2000, default="", allow_blank=True)
    error = serializers.CharField(max_length=200, default="", allow_blank=True)
    iss = serializers.CharField(max_length=500, default="", allow_blank=True)
    user = serializers.CharField(
        max_length=2000, default="", allow_blank=True, help_text="Apple's JSON, with the name, the first time only"
    )


class VisitTicketSerializer(serializers.Serializer[Any]):
    """What the browser came back with, behind the `#`."""

    ticket = serializers.CharField(max_length=200)


class ProviderCodeSerializer(serializers.Serializer[Any]):
    """What an app got from the provider by itself."""

    code = serializers.CharField(max_length=2000)
    code_verifier = serializers.RegexField(
        r"^[A-Za-z0-9._~-]{43,128}\Z", help_text="whose SHA-256 was the `code_challenge` (RFC 7636)"
    )
    redirect_uri = serializers.CharField(max_length=500, help_text="the one that the provider sent the app back to")
    nonce = serializers.CharField(
        max_length=200,
        default="",
        allow_blank=True,
        help_text="of an OpenID Connect provider: the one that the app sent",
    )


class ProviderLoginSerializer(ProviderCodeSerializer):
    """The same, and where the refresh token is to be."""

    refresh_in = serializers.ChoiceField(choices=RefreshTransport.choices, default=RefreshTransport.BODY)


class ProviderTokensSerializer(TokensSerializer):
    """The tokens of a login, and whether the account was opened with it."""

    is_new = serializers.BooleanField(help_text="ask the person for what the provider did not tell")


class SocialLinkSerializer(serializers.ModelSerializer[SocialLink]):
    """An account at a provider that lets one in here; the rest is as the provider told it."""

    class Meta:
        model = SocialLink
        fields = ["id", "provider", "email", "login", "name", "linked_at", "last_used_at"]
        read_only_fields = fields


class SocialLinksSerializer(serializers.Serializer[Any]):
    """All links of a person; at most one for each provider."""

    results = SocialLinkSerializer(many=True)
