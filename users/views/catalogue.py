"""The catalogue: skills and tracks, open to everybody."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.pagination import CursorPages
from skillbridge_backend.core.permissions import AllowAny, IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of
from users.clients import client_of
from users.limits import SUGGEST_SKILL
from users.models import Skill, Track
from users.serializers.catalogue import (
    SkillDetailSerializer,
    SkillSerializer,
    SkillSuggestionSerializer,
    TrackSerializer,
)
from users.services import CatalogueService

SLUG = "[a-z0-9-]+"


class SkillViewSet(ActionViewSet):
    """Skills."""

    scope_section = "catalogue"
    queryset = Skill.objects.all()
    lookup_field = "slug"
    lookup_value_regex = SLUG
    page_ordering = ("slug",)
    permissions = {"list": (AllowAny,), "retrieve": (AllowAny,), "suggest": (IsAuthenticated,)}
    serializers = {"list": SkillSerializer, "retrieve": SkillDetailSerializer, "suggest": SkillSuggestionSerializer}

    @extend_schema(
        operation_id="skills_list",
        responses=SkillSerializer(many=True),
        parameters=[OpenApiParameter("q", str, description="what it may be called; closest first, one page")],
    )
    def list(self, request: Request) -> Response:
        """All by slug; with `q` those with a name or alias like it, on a single page."""
        skills = Skill.objects.visible_to(request.user).with_aliases()
        if text := request.query_params.get("q", "").strip():
            limit = CursorPages().get_page_size(request)
            found = SkillSerializer(skills.similar_to(text)[:limit], many=True)
            return Response({"next": None, "previous": None, "results": found.data})
        return self.page_of(skills, SkillSerializer)

    @extend_schema(operation_id="skills_retrieve", responses=SkillDetailSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """One skill with what it requires and what it opens."""
        self.queryset = Skill.objects.all().with_neighbours()
        return self.tagged(self.get_object(), SkillDetailSerializer)

    @extend_schema(
        operation_id="skills_suggest",
        request=SkillSuggestionSerializer,
        responses={202: SkillSuggestionSerializer},
    )
    @action(detail=False, methods=["post"], url_path="suggestions")
    def suggest(self, request: Request) -> Response:
        """Proposes a skill that the catalogue does not have; a moderator decides. Twenty a day.

        Harmless to repeat: `status` tells what has become of it.
        """
        SUGGEST_SKILL.count(str(actor_of(request).pk), client_of(request))
        skill = self.valid_input(request)["skill"]
        status = CatalogueService().suggest(skill)
        return Response(SkillSuggestionSerializer({"skill": skill, "status": status}).data, status=202)


@extend_schema_view(
    list=extend_schema(operation_id="tracks_list", responses=TrackSerializer(many=True)),
    retrieve=extend_schema(operation_id="tracks_retrieve", responses=TrackSerializer),
)
class TrackViewSet(ActionViewSet):
    """Tracks."""

    scope_section = "catalogue"
    queryset = Track.objects.all().with_skills()
    lookup_field = "slug"
    lookup_value_regex = SLUG
    page_ordering = ("slug",)
    permissions = {"list": (AllowAny,), "retrieve": (AllowAny,)}
    serializers = {"list": TrackSerializer, "retrieve": TrackSerializer}

    def list(self, request: Request) -> Response:
        """All by slug."""
        return self.page_of(self.get_queryset(), TrackSerializer)

    def retrieve(self, request: Request, slug: str) -> Response:
        """One track with its skills."""
        return self.tagged(self.get_object(), TrackSerializer)
