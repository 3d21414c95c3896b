"""Endpoints of this app: badges with one's progress, awards, points, leaderboards."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from badges.enums import Period
from badges.models import Award, Badge, PointsEntry
from badges.serializers import (
    AwardSerializer,
    BadgeProgressSerializer,
    LeaderboardQuerySerializer,
    LeaderboardSerializer,
    LedgerPageSerializer,
    OwnAwardSerializer,
    PointsEntrySerializer,
    StandingSerializer,
)
from badges.services import BadgeService, GamificationService
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of
from users.models import User

LOGGED_IN = (IsAuthenticated,)


@extend_schema_view(
    list=extend_schema(summary="All badges, with my progress", responses=BadgeProgressSerializer(many=True)),
    retrieve=extend_schema(summary="One badge, with what is missing", responses=BadgeProgressSerializer),
)
class BadgeViewSet(ActionViewSet):
    """The catalogue of badges."""

    scope_section = "badges"
    queryset = Badge.objects.all()
    permissions = {"list": LOGGED_IN, "retrieve": LOGGED_IN}
    serializers = {"list": BadgeProgressSerializer, "retrieve": BadgeProgressSerializer}
    lookup_field = "slug"
    lookup_value_converter = "slug"
    page_ordering = ("slug",)

    def list(self, request: Request) -> Response:
        """A page in the order of slugs."""
        shown = Badge.objects.shown_to(request.user).with_amounts_of(actor_of(request))
        page: list[Any] = self.paginate_queryset(shown) or []
        amounts = page[0].amounts or {} if page else {}
        progress = BadgeService.progress_of_many(actor=actor_of(request), badges=page, amounts=amounts)
        return self.get_paginated_response(BadgeProgressSerializer(progress, many=True).data)

    def retrieve(self, request: Request, slug: str) -> Response:
        """One badge, also an inactive one."""
        progress = BadgeService.progress(actor=actor_of(request), badge=self.get_object())
        return Response(BadgeProgressSerializer(progress).data)


@extend_schema_view(
    list=extend_schema(summary="My awards, revoked ones included", responses=OwnAwardSerializer(many=True)),
    retrieve=extend_schema(summary="One of my awards"),
)
class AwardViewSet(ActionViewSet):
    """The reader's own awards."""

    scope_section = "badges"
    queryset = Award.objects.with_details()
    permissions = {"list": LOGGED_IN, "retrieve": LOGGED_IN}
    serializers = {"list": OwnAwardSerializer, "retrieve": OwnAwardSerializer}
    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """Newest first."""
        return self.page_of(Award.objects.owned_by(request.user).with_details(), OwnAwardSerializer)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One of one's own, with its reason."""
        award = Award.objects.owned_by(request.user).with_details().filter(pk=pk).first()
        if award is None:
            raise Http404
        return self.tagged(award, OwnAwardSerializer)


@extend_schema_view(list=extend_schema(summary="A person's badges", responses=AwardSerializer(many=True)))
class PersonAwardViewSet(ActionViewSet):
    """What others see of a person's badges: those they hold."""

    scope_section = "badges"
    queryset = Award.objects.with_details()
    permissions = {"list": LOGGED_IN}
    serializers = {"list": AwardSerializer}

    def list(self, request: Request, handle: str) -> Response:
        """Newest first; 404 for nobody of that name."""
        person = User.objects.visible_to(request.user).active().filter(handle=handle).first()
        if person is None:
            raise Http404
        return self.page_of(
            Award.objects.visible_to(request.user).held().filter(user=person).with_details(), AwardSerializer
        )


@extend_schema_view(list=extend_schema(summary="My points: total, level, ledger", responses=LedgerPageSerializer))
class PointsViewSet(ActionViewSet):
    """The reader's own ledger."""

    scope_section = "badges"
    queryset = PointsEntry.objects.all()
    permissions = {"list": LOGGED_IN}
    serializers = {"list": PointsEntrySerializer}
    filter_backends = ()

    def list(self, request: Request) -> Response:
        """The standing, and a page of bookings, newest first."""
        response = self.page_of(PointsEntry.objects.owned_by(request.user), PointsEntrySerializer)
        standing = StandingSerializer(GamificationService.standing(actor=actor_of(request))).data
        response.data = {**standing, **response.data}
        return response


class LeaderboardView(APIView):
    """Who has the most points."""

    scope_section = "badges"
    permission_classes = LOGGED_IN

    @extend_schema(
        operation_id="leaderboard",
        summary="Leaderboard of a period",
        parameters=[LeaderboardQuerySerializer],
        responses=LeaderboardSerializer,
    )
    def get(self, request: Request) -> Response:
        """The first places, and the reader's."""
        query = check_query(LeaderboardQuerySerializer, request)
        places = GamificationService.leaderboard(
            actor=actor_of(request), period=Period(query["period"]), track=query["track"], places=query["places"]
        )
        return Response(LeaderboardSerializer({"period": query["period"], "results": places}).data)
