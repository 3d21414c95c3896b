"""The shape of what this app takes and gives."""

from typing import Any

from rest_framework import serializers

from notifications.enums import Channel, Kind
from notifications.models import ChannelDefault, Delivery, Notification
from notifications.texts import subject_of


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """A notification as its recipient sees it; `summary` is its text in one line."""

    actor = serializers.CharField(source="actor.handle", default=None, allow_null=True, help_text="handle")
    summary = serializers.SerializerMethodField()
    data = serializers.DictField(read_only=True)  # type: ignore[assignment]  # hides nothing that is used here

    class Meta:
        model = Notification
        fields = ["id", "kind", "summary", "actor", "target_type", "target_id", "data", "read_at", "created_at"]
        read_only_fields = fields

    def get_summary(self, notification: Notification) -> str:
        """The subject line of its kind."""
        return subject_of(notification.kind, notification.data)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """What was decided for one channel, why, and how it went."""

    explanation = serializers.CharField(source="get_reason_display", read_only=True)

    class Meta:
        model = Delivery
        fields = ["channel", "status", "reason", "explanation", "attempts", "sent_at", "created_at"]
        read_only_fields = fields


class UnreadCountSerializer(serializers.Serializer[Any]):
    """How many are unread."""

    unread = serializers.IntegerField(min_value=0)


class MarkedReadSerializer(serializers.Serializer[Any]):
    """How many became read."""

    marked_read = serializers.IntegerField(min_value=0)


class PreferenceSerializer(serializers.ModelSerializer[ChannelDefault]):
    """One cell of the table: kind by channel."""

    label = serializers.CharField(source="get_kind_display")  # type: ignore[assignment]  # the field's name
    is_enabled = serializers.SerializerMethodField(help_text="what holds for this person")
    is_default = serializers.SerializerMethodField(help_text="true when the person chose nothing")

    class Meta:
        model = ChannelDefault
        fields = ["kind", "label", "channel", "is_enabled", "is_default", "is_mandatory"]
        read_only_fields = fields

    def get_is_enabled(self, cell: ChannelDefault) -> bool:
        """Mandatory, or what the person chose, or the default."""
        return cell.is_mandatory or (cell.is_enabled if cell.choice is None else cell.choice)

    def get_is_default(self, cell: ChannelDefault) -> bool:
        """Whether no choice is stored."""
        return cell.choice is None


class PreferenceChoiceSerializer(serializers.Serializer[Any]):
    """An entry to set."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    is_enabled = serializers.BooleanField(allow_null=True, help_text="null: back to the default")


class PreferenceChoicesSerializer(serializers.Serializer[Any]):
    """Entries to set; those that are not named stay as they are."""

    entries = serializers.ListField(child=PreferenceChoiceSerializer(), min_length=1, max_length=100)
