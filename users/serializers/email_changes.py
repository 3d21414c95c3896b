"""Shapes of a change of address."""

from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework import serializers

from users.models import EmailChange


class EmailChangeSerializer(serializers.ModelSerializer[EmailChange]):
    """A change that waits for its confirmation from the new address."""

    email = serializers.EmailField(source="new_address", read_only=True)
    expires_at = serializers.SerializerMethodField(help_text="after that ask again")

    class Meta:
        model = EmailChange
        fields = ["email", "asked_at", "expires_at"]
        read_only_fields = fields

    def get_expires_at(self, change: EmailChange) -> datetime:
        """When the link in the mail ends."""
        return change.asked_at + settings.EMAIL_CHANGE_LIFETIME


class WaitingEmailSerializer(serializers.Serializer[Any]):
    """The change that waits, if there is one."""

    waiting = EmailChangeSerializer(allow_null=True)


class EmailChangeStoppedSerializer(serializers.Serializer[Any]):
    """What was stopped."""

    was_restored = serializers.BooleanField(help_text="the address had changed already, and is the old one again")
