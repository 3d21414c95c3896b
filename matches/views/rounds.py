"""Rounds that assign everybody at once."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from matches import serializers as shapes
from matches.models import MatchRound
from matches.services import MatchingService
from skillbridge_backend.core.permissions import IsStaffRole
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of


@extend_schema_view(
    list=extend_schema(responses=shapes.MatchRoundSummarySerializer),
    create=extend_schema(request=None, responses={202: shapes.MatchRoundSerializer}),
)
class MatchRoundViewSet(ActionViewSet):
    """Rounds that assign everybody who seeks to everybody who offers; for moderators and admins."""

    queryset = MatchRound.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "create"), (IsStaffRole,))
    serializers: ClassVar = {
        "list": shapes.MatchRoundSummarySerializer,
        "retrieve": shapes.MatchRoundSerializer,
        "create": shapes.NothingSerializer,
    }

    def list(self, request: Request) -> Response:
        """Rounds, newest first."""
        return self.page_of(self.get_queryset(), shapes.MatchRoundSummarySerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """A round with its assignments, alternates, reasons and prices."""
        return self.tagged(self.get_object(), shapes.MatchRoundSerializer)

    def create(self, request: Request) -> Response:
        """Start a round: 202 and the job to watch."""
        started = MatchingService.request_round(actor=actor_of(request))
        location = f"/api/v1/match-rounds/{started.pk}/"
        return self.tagged(started, shapes.MatchRoundSerializer, status=202, location=location)
