"""One's own figures."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from matches import serializers as shapes
from matches.services import StatisticsService
from skillbridge_backend.core.permissions import IsAuthenticated
from users.authentication import actor_of


class OwnStatisticsView(APIView):
    """One's own figures, from all over the platform."""

    scope_section = "progress"
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="users_me_stats", responses=shapes.OwnStatisticsSerializer)
    def get(self, request: Request) -> Response:
        """My figures: profile, roadmaps, work, points, mentoring, forum."""
        return Response(shapes.OwnStatisticsSerializer(StatisticsService.own(actor=actor_of(request))).data)
