"""Former versions of a roadmap."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.models import Roadmap, RoadmapVersion
from roadmaps.serializers import (
    DifferenceSerializer,
    DiffQuery,
    RoadmapSerializer,
    VersionSerializer,
    WholeVersionSerializer,
)
from roadmaps.services import VersionService
from roadmaps.views.grants import OfOneRoadmap
from roadmaps.views.learners import MEMBERS, LearnerViewSet
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.inputs import check
from users.authentication import actor_of


class RoadmapVersionViewSet(OfOneRoadmap, LearnerViewSet):
    """What one of the learner's roadmaps said before its last twenty changes."""

    scope_section = "roadmaps"
    queryset = RoadmapVersion.objects.all()
    lookup_field = "number"
    lookup_value_converter = "int"
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "diff", "restore"), MEMBERS)
    serializers: ClassVar = {
        "list": VersionSerializer,
        "retrieve": WholeVersionSerializer,
        "diff": DifferenceSerializer,
        "restore": RoadmapSerializer,
    }

    @extend_schema(responses=VersionSerializer(many=True))
    def list(self, request: Request, roadmap_id: UUID) -> Response:
        """What it said before each change, newest first."""
        return self.pages_of(self.get_queryset().filter(roadmap=roadmap_id), roadmap_id, VersionSerializer)

    @extend_schema(responses=WholeVersionSerializer)
    def retrieve(self, request: Request, roadmap_id: UUID, number: int) -> Response:
        """One version, whole."""
        version = self.get_queryset().filter(roadmap=roadmap_id, number=number).first()
        if version is None:
            raise NotFound("There is no such version of a roadmap of yours.")
        return Response(WholeVersionSerializer(version).data)

    @extend_schema(parameters=[DiffQuery], responses=DifferenceSerializer)
    @action(detail=True, methods=["get"])
    def diff(self, request: Request, roadmap_id: UUID, number: int) -> Response:
        """What was done since, up to now or to another version."""
        other = check(DiffQuery(data=request.query_params)).get("to")
        found = VersionService().difference(actor=actor_of(request), roadmap_id=roadmap_id, number=number, other=other)
        return Response(DifferenceSerializer.of(found).data)

    @extend_schema(request=None, responses=RoadmapSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, roadmap_id: UUID, number: int) -> Response:
        """Have the roadmap say this again; progress stays. If-Match takes the ETag of the roadmap."""
        VersionService().restore(
            actor=actor_of(request), roadmap_id=roadmap_id, number=number, check=partial(check_if_match, request)
        )
        roadmap = Roadmap.objects.visible_to(request.user).with_modules().get(pk=roadmap_id)
        return self.tagged(roadmap, RoadmapSerializer)
