"""Shapes of the sessions that somebody has."""

from typing import Any

from rest_framework import serializers

from users.authentication import session_of
from users.devices import device_of, place_of
from users.models import RefreshTokenFamily


class LoginSessionSerializer(serializers.ModelSerializer[RefreshTokenFamily]):
    """A login that has not ended: from what, from where, since when."""

    device = serializers.SerializerMethodField(help_text="such as `Firefox on Linux`; empty when it is not known")
    place = serializers.SerializerMethodField(help_text="such as `Berlin, Germany`; empty when it is not known")
    ip_address = serializers.IPAddressField(read_only=True, allow_null=True)
    first_seen_at = serializers.DateTimeField(source="created_at", read_only=True)
    last_seen_at = serializers.DateTimeField(source="rotated_at", read_only=True, help_text="to the last refresh")
    is_impersonated = serializers.SerializerMethodField(help_text="support's, which only reads")
    is_current = serializers.SerializerMethodField(help_text="this is the one that asks")

    class Meta:
        model = RefreshTokenFamily
        fields = [
            "id",
            "device",
            "place",
            "ip_address",
            "first_seen_at",
            "last_seen_at",
            "expires_at",
            "is_impersonated",
            "is_current",
        ]
        read_only_fields = fields

    def get_device(self, session: RefreshTokenFamily) -> str:
        """The client in words."""
        return device_of(session.user_agent)

    def get_place(self, session: RefreshTokenFamily) -> str:
        """The place of the address that it began at."""
        return place_of(session.ip_address)

    def get_is_impersonated(self, session: RefreshTokenFamily) -> bool:
        """Whether it is an admin's, who looks through the person's eyes."""
        return session.impersonated_by is not None

    def get_is_current(self, session: RefreshTokenFamily) -> bool:
        """Whether the access token of this request belongs to it."""
        return session.pk == session_of(self.context["request"])


class EndSessionsSerializer(serializers.Serializer[Any]):
    """Which sessions to end."""

    keep_current = serializers.BooleanField(default=False)
