"""Shapes of what happened to an account."""

from typing import Any

from rest_framework import serializers

from users.devices import device_of, place_of
from users.models import AuditEntry
from users.querysets.audit import TOLD


class AccountEventSerializer(serializers.ModelSerializer[AuditEntry]):
    """Something that happened to the account, from where."""

    device = serializers.SerializerMethodField(help_text="such as `Firefox on Linux`; empty when it is not known")
    place = serializers.SerializerMethodField(help_text="such as `Berlin, Germany`; empty when it is not known")
    details = serializers.SerializerMethodField(help_text="such as the factor that was used, or support's reason")

    class Meta:
        model = AuditEntry
        fields = ["id", "action", "occurred_at", "device", "place", "ip_address", "details"]
        read_only_fields = fields

    def get_device(self, entry: AuditEntry) -> str:
        """The client in words."""
        return device_of(entry.user_agent)

    def get_place(self, entry: AuditEntry) -> str:
        """The place of its address."""
        return place_of(entry.ip_address)

    def get_details(self, entry: AuditEntry) -> dict[str, Any]:
        """What a person reads of it."""
        return {name: entry.details[name] for name in TOLD if name in entry.details}
