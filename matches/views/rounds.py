"""Rounds that assign everybody at once."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from matches import serializers as shapes
from matches.models import MatchRound
from matches.services import RoundJobService, RoundService
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.permissions import IsStaffRole
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of, session_of
from users.services import StepUpService

ALL_EXAMPLE = OpenApiExample("Everybody", value={}, request_only=True)
WITHOUT_EXAMPLE = OpenApiExample(
    "All but one", value={"without": ["01937f6e-8d4b-7b1e-9c55-2f4a9b0c7d11"]}, request_only=True
)
DECISION = extend_schema(request=None, responses=shapes.MatchRoundSerializer)


@extend_schema_view(
    list=extend_schema(responses=shapes.MatchRoundSummarySerializer),
    create=extend_schema(request=shapes.NewRoundSerializer, responses={202: shapes.MatchRoundSerializer}),
)
class MatchRoundViewSet(ActionViewSet):
    """Rounds that assign everybody who seeks to everybody who offers; for moderators and admins."""

    queryset = MatchRound.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(
        ("list", "retrieve", "create", "cancel", "review", "apply", "discard", "undo"), (IsStaffRole,)
    )
    serializers: ClassVar = {
        "list": shapes.MatchRoundSummarySerializer,
        "retrieve": shapes.MatchRoundSerializer,
        "create": shapes.NewRoundSerializer,
        "cancel": shapes.NothingSerializer,
        "review": shapes.NothingSerializer,
        "apply": shapes.RoundApplicationSerializer,
        "discard": shapes.NothingSerializer,
        "undo": shapes.NothingSerializer,
    }

    def list(self, request: Request) -> Response:
        """Rounds, newest first."""
        return self.page_of(self.get_queryset(), shapes.MatchRoundSummarySerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """A round with its assignments, alternates, reasons and prices, and what was made of it."""
        return self.tagged(self.get_object(), shapes.MatchRoundSerializer)

    def create(self, request: Request) -> Response:
        """Start a round: 202 and the job to watch. Its answer counts for nothing until it is applied."""
        started = RoundJobService.request(actor=actor_of(request), **self.valid_input(request))
        location = f"/api/v1/match-rounds/{started.pk}/"
        return self.tagged(started, shapes.MatchRoundSerializer, status=202, location=location)

    @DECISION
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Call a round off that waits or runs. Within seconds nobody works on it, the matcher neither."""
        return self._rendered(RoundService.cancel(**self._decision(request, pk)))

    @DECISION
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: UUID) -> Response:
        """Note that you have looked at what it proposes."""
        return self._rendered(RoundService.review(**self._decision(request, pk)))

    @extend_schema(
        request=shapes.RoundApplicationSerializer,
        responses=shapes.MatchRoundSerializer,
        examples=[ALL_EXAMPLE, WITHOUT_EXAMPLE],
    )
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: UUID) -> Response:
        """Propose to learners the mentors whom the round gave them (admins, with a recent proof), for 14 days.

        Each pair is checked again against today; `outcome.left_out` names those that do not hold any more, and why.
        """
        chosen = self.valid_input(request)
        return self._rendered(RoundService.apply(**self._proven_decision(request, pk), **chosen))

    @DECISION
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: UUID) -> Response:
        """Make nothing of it (admins)."""
        return self._rendered(RoundService.discard(**self._decision(request, pk)))

    @DECISION
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: UUID) -> Response:
        """Withdraw its proposals while no learner has asked for theirs (admins, with a recent proof).

        Otherwise 409 `round_asked_for`, and `asked_for` says how many have.
        """
        return self._rendered(RoundService.undo(**self._proven_decision(request, pk)))

    def _decision(self, request: Request, pk: UUID) -> dict[str, Any]:
        return {"actor": actor_of(request), "round_id": pk, "check": partial(check_if_match, request)}

    def _proven_decision(self, request: Request, pk: UUID) -> dict[str, Any]:
        StepUpService().demand(actor_of(request), session_id=session_of(request))
        return self._decision(request, pk)

    def _rendered(self, decided: MatchRound) -> Response:
        return self.tagged(decided, shapes.MatchRoundSerializer)
