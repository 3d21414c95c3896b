"""Roadmaps as files: export and import."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.documents import as_icalendar, as_json, as_markdown
from roadmaps.models import Roadmap
from roadmaps.serializers import DocumentInput, ExportQuerySerializer, ImportedSerializer, ImportQuerySerializer
from roadmaps.services import DocumentService
from roadmaps.views.grants import MEMBERS
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of

KINDS = {
    "json": (as_json, "application/json", "json"),
    "markdown": (as_markdown, "text/markdown; charset=utf-8", "md"),
    "icalendar": (as_icalendar, "text/calendar; charset=utf-8", "ics"),
}


class DocumentViewSet(ActionViewSet):
    """One's roadmaps as files."""

    scope_section = "roadmaps"
    queryset = Roadmap.objects.all()
    permissions: ClassVar = {"export": MEMBERS, "import_roadmap": MEMBERS}
    serializers: ClassVar = {"export": DocumentInput, "import_roadmap": DocumentInput}

    @extend_schema(
        parameters=[ExportQuerySerializer],
        responses={
            (200, "application/json"): DocumentInput,
            (200, "text/markdown"): OpenApiTypes.STR,
            (200, "text/calendar"): OpenApiTypes.STR,
        },
    )
    def export(self, request: Request, pk: UUID) -> HttpResponse:
        """Your roadmap as a file, with your notes and addresses and without progress: JSON, Markdown or iCalendar."""
        kind = check_query(ExportQuerySerializer, request)["as"]
        owned = Roadmap.objects.owned_by(request.user).with_export(request.user)
        roadmap = owned.filter(pk=pk).first()
        if roadmap is None:
            raise NotFound("There is no such roadmap among yours.")
        make, content_type, ending = KINDS[kind]
        name = f"{slugify(roadmap.title)[:60] or 'roadmap'}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(make(roadmap), content_type=content_type, headers=headers)

    @extend_schema(
        parameters=[ImportQuerySerializer],
        request=DocumentInput,
        responses={201: ImportedSerializer, 200: ImportedSerializer},
    )
    def import_roadmap(self, request: Request) -> Response:
        """A private roadmap from an exported file, checked as a whole before any is kept; errors name the items."""
        is_dry = check_query(ImportQuerySerializer, request)["dry_run"]
        document = self.valid_input(request)
        modules = document["modules"]
        told = {
            "roadmap": None,
            "title": document["title"],
            "modules": len(modules),
            "prerequisites": sum(len(module["requires"]) for module in modules),
            "notes": sum(bool(module["note"]) for module in modules),
            "own_resources": sum(len(module["own_resources"]) for module in modules),
        }
        if is_dry:
            DocumentService().check(actor=actor_of(request), document=document)
            return Response(told)
        made = DocumentService().import_roadmap(actor=actor_of(request), document=document)
        headers = {"Location": f"/api/v1/roadmaps/{made.pk}/"}
        return Response(told | {"roadmap": made.pk}, status=201, headers=headers)
