"""Shapes of leaving: the deletion of an account, and the copy of one's data."""

from typing import Any

from rest_framework import serializers

from users.models import DataExport
from users.serializers.accounts import PasswordField
from users.services import ExportService


class DeletionSerializer(serializers.Serializer[Any]):
    """What proves that it is oneself who wants to go."""

    password = PasswordField(
        default="", help_text="not for accounts with a second factor, or without a password: they step up first"
    )


class DataExportSerializer(serializers.ModelSerializer[DataExport]):
    """A copy of one's data: the job, and where the file is when it is ready."""

    url = serializers.SerializerMethodField(help_text="to be fetched by oneself; empty while there is no file")

    class Meta:
        model = DataExport
        fields = ["id", "status", "asked_at", "finished_at", "expires_at", "bytes", "url"]
        read_only_fields = fields

    def get_url(self, export: DataExport) -> str:
        """Signed."""
        return ExportService.link(export)


class DeletionAcceptedSerializer(serializers.Serializer[Any]):
    """Until when one can change one's mind."""

    deletion_due_at = serializers.DateTimeField()
