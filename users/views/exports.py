"""A copy of everything about oneself."""

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of, is_looking, session_of
from users.clients import client_of
from users.exceptions import ReadOnlySession
from users.limits import EXPORT
from users.models import DataExport
from users.serializers.leaving import DataExportSerializer
from users.services import ExportService, StepUpService

READY_EXAMPLE = OpenApiExample(
    "Ready",
    value={
        "id": "019ac5f0-a1b2-7c3d-8e4f-5a6b7c8d9e0f",
        "status": "ready",
        "asked_at": "2026-11-22T10:00:00Z",
        "finished_at": "2026-11-22T10:00:04Z",
        "expires_at": "2026-11-29T10:00:04Z",
        "bytes": 48213,
        "url": "https://api.example.org/api/v1/users/me/export/019ac5f0-a1b2-7c3d-8e4f-5a6b7c8d9e0f/file/?token=…",
    },
    response_only=True,
)


class DataExportViewSet(ActionViewSet):
    """Copies of one's data: ask, watch, fetch."""

    queryset = DataExport.objects.all()
    permissions = {
        "list": (IsAuthenticated,),
        "create": (IsAuthenticated,),
        "retrieve": (IsAuthenticated,),
        "file": (IsAuthenticated,),
    }
    serializers = {"list": DataExportSerializer, "retrieve": DataExportSerializer, "create": DataExportSerializer}

    @extend_schema(operation_id="users_me_export_list", responses=DataExportSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Newest first; a copy is removed a week after it was made."""
        return self.page_of(self.get_queryset(), DataExportSerializer)

    @extend_schema(
        operation_id="users_me_export",
        request=None,
        responses={202: DataExportSerializer},
        examples=[READY_EXAMPLE],
    )
    def create(self, request: Request) -> Response:
        """Has a copy of everything about oneself made, as JSON and CSV in a ZIP. Watch the job; a mail tells too.

        Needs a recent proof. One at a time (409), three a day.
        """
        actor, client = actor_of(request), client_of(request)
        StepUpService().demand(actor, session_id=session_of(request))
        ExportService().demand_none_running(actor)
        EXPORT.count(str(actor.pk), client)
        export = ExportService().ask(actor, client=client)
        return self.tagged(export, DataExportSerializer, status=202, location=f"/api/v1/users/me/export/{export.pk}/")

    @extend_schema(operation_id="users_me_export_retrieve", responses=DataExportSerializer, examples=[READY_EXAMPLE])
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The job; `url` is there when it is ready, until the copy is removed."""
        return self.tagged(self.get_object(), DataExportSerializer)

    @extend_schema(
        operation_id="users_me_export_file",
        parameters=[OpenApiParameter("token", str, required=True)],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def file(self, request: Request, pk: UUID) -> FileResponse:
        """The ZIP. Only for the one whose data it is, logged in, with the link of the job and a recent proof."""
        if is_looking(request):
            raise ReadOnlySession("Whoever looks through somebody's eyes takes no copy along.")
        actor, token = actor_of(request), request.query_params.get("token", "")
        StepUpService().demand(actor, session_id=session_of(request))
        file = ExportService().open(actor, export_id=pk, token=token, client=client_of(request))
        return FileResponse(file, as_attachment=True, filename="skillbridge.zip", content_type="application/zip")
