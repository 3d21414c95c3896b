"""Mentors who fit, and how long their answers take."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from matches import serializers as shapes
from matches.models import MentorMatch
from matches.services import MatchingService, WaitingTimeService
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet, ReadsThenCalls
from users.authentication import actor_of

SUGGESTION_EXAMPLE = OpenApiExample(
    "Five best mentors",
    value={
        "solver": "matcher-rs/exhaustive-scoring",
        "solver_version": "0.1.0",
        "input_hash": "44ab2f1f2a4e1bd9b9a8b3c0a4a7e2c98f9de1f3c8a3f5b1d0e7c6b5a4938271",
        "is_fallback": False,
        "notice": None,
        "considered": 17,
        "suggestions": [
            {
                "mentor": {
                    "id": "01937f6e-8d4b-7b1e-9c55-2f4a9b0c7d11",
                    "handle": "ada",
                    "display_name": "Ada",
                    "headline": "Backend engineer",
                    "country": "DE",
                    "time_zone": "Europe/Berlin",
                    "languages": ["en", "de"],
                },
                "score": 3685,
                "components": {
                    "skills": {"points": 2559, "value": 1000, "weight": 500},
                    "availability": {"points": 614, "value": 600, "weight": 200},
                    "languages": {"points": 512, "value": 1000, "weight": 100},
                },
                "why": "Knows Python at level 5 (you want 4); shares 1.8 hours a week with you (Tuesday 18:00 to "
                "19:48, Europe/Berlin); speaks English.",
                "places_left": 2,
                "overlap_minutes": 108,
                "shared_languages": ["en"],
                "matched_skills": [{"skill": "python", "have": 5, "wanted": 4, "through": None}],
            }
        ],
    },
    response_only=True,
)


WAITING_EXAMPLE = OpenApiExample(
    "Two skills",
    value={
        "results": [
            {
                "skill": "python", "requests": 41, "answered": 38, "has_enough_data": True, "p50_minutes": 310,
                "p90_minutes": 2870,
            },
            {
                "skill": "rust", "requests": 3, "answered": 3, "has_enough_data": False, "p50_minutes": None,
                "p90_minutes": None,
            },
        ]
    },
    response_only=True,
)  # fmt: skip


class SuggestionViewSet(ReadsThenCalls, GenericViewSet[MentorMatch]):
    """Mentors who fit the one who asks. No transaction is open while the matcher is asked."""

    scope_section = "matches"
    permission_classes = (IsAuthenticated,)
    serializer_class = shapes.SuggestionsSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[shapes.SuggestionsQuerySerializer],
        responses=shapes.SuggestionsSerializer,
        examples=[SUGGESTION_EXAMPLE],
        operation_id="matches_suggestions",
    )
    def list(self, request: Request) -> Response:
        """The best mentors for me, best first, each with the components of the score and a sentence why."""
        query = check_query(shapes.SuggestionsQuerySerializer, request)
        found = MatchingService.find_matches(actor=actor_of(request), limit=query["limit"], wanted=query.get("wanted"))
        return Response(shapes.SuggestionsSerializer(found).data)


class WaitingTimesViewSet(ActionViewSet):
    """How long one waits for an answer, before one asks."""

    scope_section = "matches"
    queryset = MentorMatch.objects.none()
    permissions: ClassVar = {"list": (IsAuthenticated,)}
    serializers: ClassVar = {"list": shapes.WaitingTimesSerializer}
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[shapes.WaitingTimesQuerySerializer],
        responses=shapes.WaitingTimesSerializer,
        examples=[WAITING_EXAMPLE],
        operation_id="matches_waiting_times",
    )
    def list(self, request: Request) -> Response:
        """Half and nine tenths of the requests for these skills were answered within so many minutes."""
        query = check_query(shapes.WaitingTimesQuerySerializer, request)
        found = WaitingTimeService.of(actor=actor_of(request), skills=query.get("skills"), zone=query["zone"])
        return Response(shapes.WaitingTimesSerializer({"results": found}).data)
