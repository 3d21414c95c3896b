"""Grants of a roadmap, for its owner; what a mentor holds; the log of what was read."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from roadmaps.models import GrantedRead, Roadmap, RoadmapGrant
from roadmaps.serializers import (
    GrantedReadSerializer,
    GrantedRoadmapSerializer,
    GrantInput,
    RoadmapGrantSerializer,
)
from roadmaps.services import GrantService
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of

MEMBERS = (IsAuthenticated,)

GRANT_EXAMPLE = OpenApiExample(
    "Until summer", value={"mentor": "grace", "expires_at": "2027-06-30T12:00:00Z"}, request_only=True
)


class OfOneRoadmap(ActionViewSet):
    """Lists what belongs to one roadmap; 404 where there is nothing to see and the roadmap is not the reader's."""

    def pages_of(self, queryset: Any, roadmap_id: UUID, serializer: type[BaseSerializer[Any]]) -> Response:
        """One page. The roadmap is looked for only when the page is empty: a deleted one keeps its log."""
        response = self.page_of(queryset, serializer)
        mine = Roadmap.objects.visible_to(self.request.user)
        if not response.data["results"] and not mine.filter(pk=roadmap_id).exists():
            raise NotFound("There is no such roadmap among yours.")
        return response


class RoadmapGrantViewSet(OfOneRoadmap):
    """Who may read one of the learner's roadmaps."""

    scope_section = "roadmaps"
    queryset = RoadmapGrant.objects.with_people()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "create", "retrieve", "destroy"), MEMBERS)
    serializers: ClassVar = {
        "list": RoadmapGrantSerializer,
        "create": GrantInput,
        "retrieve": RoadmapGrantSerializer,
    }

    @extend_schema(responses=RoadmapGrantSerializer(many=True))
    def list(self, request: Request, roadmap_id: UUID) -> Response:
        """All grants that were given, revoked and expired ones included, newest first."""
        return self.pages_of(self.get_queryset().filter(roadmap=roadmap_id), roadmap_id, RoadmapGrantSerializer)

    @extend_schema(request=GrantInput, responses={201: RoadmapGrantSerializer}, examples=[GRANT_EXAMPLE])
    def create(self, request: Request, roadmap_id: UUID) -> Response:
        """Let a mentor read the roadmap for some time; each time they do is in its log of reads."""
        grant = GrantService().grant(actor=actor_of(request), roadmap_id=roadmap_id, **self.valid_input(request))
        path = reverse("roadmap-grant-detail", args=[roadmap_id, grant.pk])
        return self.tagged(grant, RoadmapGrantSerializer, status=201, location=path)

    @extend_schema(responses=RoadmapGrantSerializer)
    def retrieve(self, request: Request, roadmap_id: UUID, pk: UUID) -> Response:
        """One grant."""
        grant = self.get_queryset().filter(roadmap=roadmap_id, pk=pk).first()
        if grant is None:
            raise NotFound("There is no such grant on your roadmap.")
        return self.tagged(grant, RoadmapGrantSerializer)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, roadmap_id: UUID, pk: UUID) -> Response:
        """Revoke a grant: from this answer on the mentor reads nothing."""
        check = partial(check_if_match, request)
        GrantService().revoke(actor=actor_of(request), roadmap_id=roadmap_id, grant_id=pk, check=check)
        return Response(status=204)


class GrantedReadViewSet(OfOneRoadmap):
    """Who has read one of the learner's roadmaps."""

    scope_section = "roadmaps"
    queryset = GrantedRead.objects.with_people()
    permissions: ClassVar = {"list": MEMBERS}
    serializers: ClassVar = {"list": GrantedReadSerializer}

    @extend_schema(responses=GrantedReadSerializer(many=True))
    def list(self, request: Request, roadmap_id: UUID) -> Response:
        """Every time that a mentor read the roadmap, newest first."""
        return self.pages_of(self.get_queryset().filter(roadmap_id=roadmap_id), roadmap_id, GrantedReadSerializer)


class GrantedRoadmapViewSet(ActionViewSet):
    """The roadmaps that a mentor may read."""

    scope_section = "roadmaps"
    queryset = RoadmapGrant.objects.with_people()
    permissions: ClassVar = {"list": MEMBERS}
    serializers: ClassVar = {"list": GrantedRoadmapSerializer}

    @extend_schema(responses=GrantedRoadmapSerializer(many=True))
    def list(self, request: Request) -> Response:
        """What learners let you read, newest first; `GET /roadmaps/{id}/` reads one, and the learner sees that."""
        return self.page_of(RoadmapGrant.objects.held_by(request.user).with_people(), GrantedRoadmapSerializer)
