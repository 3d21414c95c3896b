"""What learners say about resources."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.models import ResourceReport
from roadmaps.serializers import ResourceReportInput, ResourceReportSerializer
from roadmaps.services import ReportService
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of


class ResourceReportViewSet(ActionViewSet):
    """Reports of one resource."""

    scope_section = "roadmaps"
    queryset = ResourceReport.objects.all()
    permissions: ClassVar = {"create": (IsAuthenticated,)}
    serializers: ClassVar = {"create": ResourceReportInput}

    @extend_schema(request=ResourceReportInput, responses={201: ResourceReportSerializer})
    def create(self, request: Request, resource_id: UUID) -> Response:
        """Say what is wrong with a resource: once while your report is open. One that is broken is checked soon."""
        fields = self.valid_input(request)
        report = ReportService().report(actor=actor_of(request), resource_id=resource_id, **fields)
        return self.tagged(report, ResourceReportSerializer, status=201)
