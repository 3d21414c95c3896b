"""The shape of reports of resources."""

from typing import Any

from rest_framework import serializers

from roadmaps.enums import ResourceReportReason, ResourceReportState
from roadmaps.models import LONGEST_REPORT, ResourceReport


class ResourceReportInput(serializers.Serializer[Any]):
    """What is wrong with a resource."""

    reason = serializers.ChoiceField(choices=ResourceReportReason.choices)
    text = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_REPORT)


class ResourceReportSerializer(serializers.ModelSerializer[ResourceReport]):
    """A report, to who wrote it."""

    reason = serializers.ChoiceField(choices=ResourceReportReason.choices)
    state = serializers.ChoiceField(choices=ResourceReportState.choices)

    class Meta:
        model = ResourceReport
        fields = ["id", "resource", "reason", "text", "state", "created_at"]
