"""Endpoints of this app: the log, streak and figures, repositories, deliveries, and the webhook."""

from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from progress.filters import ProgressLogFilters, WebhookDeliveryFilters
from progress.models import ProgressLog, Repository, WebhookDelivery
from progress.serializers import (
    ConnectionSerializer,
    ConnectRepositorySerializer,
    EffortSerializer,
    IntakeAnswerSerializer,
    ManualEntrySerializer,
    ProgressLogSerializer,
    RangeSerializer,
    RepositorySerializer,
    StatisticsSerializer,
    StreakSerializer,
    WebhookDeliverySerializer,
)
from progress.services import AnalyticsService, DeliveryService, Intake, ProgressService, RepositoryService, effort_of
from skillbridge_backend.core.errors import BodyTooLarge
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.viewsets import ActionViewSet, OwnTransactions
from users.authentication import actor_of

LOGGED_IN = (IsAuthenticated,)


@extend_schema_view(
    list=extend_schema(summary="My work, the latest first", responses=ProgressLogSerializer(many=True)),
    retrieve=extend_schema(summary="One entry of my log"),
    create=extend_schema(
        summary="Log work by hand",
        request=ManualEntrySerializer,
        responses={201: ProgressLogSerializer},
        examples=[
            OpenApiExample(
                "an evening with Python", {"minutes": 90, "skill": "python", "note": "asyncio"}, request_only=True
            )
        ],
    ),
)
class ProgressLogViewSet(ActionViewSet):
    """The learner's own log; it only grows."""

    scope_section = "progress"
    queryset = ProgressLog.objects.with_details()
    lookup_value_converter = "uuid"
    permissions = {"list": LOGGED_IN, "retrieve": LOGGED_IN, "create": LOGGED_IN}
    serializers = {
        "list": ProgressLogSerializer,
        "retrieve": ProgressLogSerializer,
        "create": ManualEntrySerializer,
    }
    filterset_class = ProgressLogFilters
    page_ordering = ("-occurred_at", "-id")

    def list(self, request: Request) -> Response:
        """The actor's own entries, for moderators too: others' are in the admin."""
        own = ProgressLog.objects.owned_by(request.user).with_details()
        return self.page_of(self.filter_queryset(own), ProgressLogSerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One entry."""
        return self.tagged(self.get_object(), ProgressLogSerializer)

    def create(self, request: Request) -> Response:
        """A new entry."""
        entry = ProgressService.log_work(actor=actor_of(request), **self.valid_input(request))
        return self.tagged(entry, ProgressLogSerializer, status=201, location=f"/api/v1/progress/log/{entry.pk}/")


class StreakView(APIView):
    """The learner's streak."""

    scope_section = "progress"
    permission_classes = LOGGED_IN

    @extend_schema(operation_id="progress_streak", summary="My streak, in my time zone", responses=StreakSerializer)
    def get(self, request: Request) -> Response:
        """Current and longest, as of today where the learner lives."""
        return Response(StreakSerializer(AnalyticsService.streak(actor=actor_of(request))).data)


class EffortView(APIView):
    """Estimates against the log."""

    scope_section = "progress"
    permission_classes = LOGGED_IN

    @extend_schema(
        operation_id="progress_effort",
        summary="What one of my roadmaps took so far, against its estimates",
        responses=EffortSerializer,
    )
    def get(self, request: Request, roadmap_id: UUID) -> Response:
        """By module, in order."""
        return Response(EffortSerializer(effort_of(actor_of(request), roadmap_id)).data)


class StatisticsView(APIView):
    """The learner's figures."""

    scope_section = "progress"
    permission_classes = LOGGED_IN

    @extend_schema(
        operation_id="progress_stats",
        summary="My figures: totals, weeks, heatmap",
        parameters=[RangeSerializer],
        responses=StatisticsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Totals over all time; weeks and days of the range."""
        wanted = check_query(RangeSerializer, request)
        figures = AnalyticsService.statistics(actor=actor_of(request), **wanted)
        return Response(StatisticsSerializer(figures).data)


@extend_schema_view(
    list=extend_schema(summary="My connected repositories", responses=RepositorySerializer(many=True)),
    retrieve=extend_schema(summary="One of my repositories"),
    create=extend_schema(
        summary="Connect a repository",
        request=ConnectRepositorySerializer,
        responses={201: ConnectionSerializer},
        examples=[OpenApiExample("a repository", {"full_name": "octo/hello"}, request_only=True)],
    ),
    destroy=extend_schema(summary="Disconnect a repository", responses={204: None}),
)
class RepositoryViewSet(ActionViewSet):
    """Connections to GitHub repositories.

    Without replays: an idempotency record would keep the secret in clear for a day. A repeat does no harm here:
    connecting twice is refused, rotating twice leaves the latest secret.
    """

    replays = False
    queryset = Repository.objects.without_secrets()
    lookup_value_converter = "uuid"
    permissions = dict.fromkeys(("list", "retrieve", "create", "destroy", "rotate_secret"), LOGGED_IN)
    serializers = {
        "list": RepositorySerializer,
        "retrieve": RepositorySerializer,
        "create": ConnectRepositorySerializer,
        "rotate_secret": ConnectionSerializer,
    }

    def list(self, request: Request) -> Response:
        """The actor's repositories."""
        return self.page_of(self.get_queryset(), RepositorySerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One of them."""
        return self.tagged(self.get_object(), RepositorySerializer)

    def create(self, request: Request) -> Response:
        """The connection, with its secret."""
        connection = RepositoryService.connect_repository(actor=actor_of(request), **self.valid_input(request))
        location = f"/api/v1/progress/repositories/{connection.repository.pk}/"
        return Response(ConnectionSerializer(connection).data, status=201, headers={"Location": location})

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Deliveries are refused from now on; the log stays."""
        RepositoryService.disconnect_repository(actor=actor_of(request), repository_id=pk)
        return Response(status=204)

    @extend_schema(summary="Rotate the webhook's secret", request=None, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: UUID) -> Response:
        """A new secret; the old one signs for 24 hours more."""
        connection = RepositoryService.rotate_secret(actor=actor_of(request), repository_id=pk)
        return Response(ConnectionSerializer(connection).data)


@extend_schema_view(
    list=extend_schema(summary="Deliveries to my repositories", responses=WebhookDeliverySerializer(many=True)),
    retrieve=extend_schema(summary="One delivery"),
)
class WebhookDeliveryViewSet(ActionViewSet):
    """What GitHub delivered, and what became of it."""

    scope_section = "progress"
    queryset = WebhookDelivery.objects.with_details()
    lookup_value_converter = "uuid"
    permissions = {"list": LOGGED_IN, "retrieve": LOGGED_IN}
    serializers = {"list": WebhookDeliverySerializer, "retrieve": WebhookDeliverySerializer}
    filterset_class = WebhookDeliveryFilters

    def list(self, request: Request) -> Response:
        """Newest first."""
        return self.page_of(self.filter_queryset(self.get_queryset()), WebhookDeliverySerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One delivery."""
        return self.tagged(self.get_object(), WebhookDeliverySerializer)


class GitHubWebhookView(OwnTransactions, APIView):
    """Where GitHub delivers. The signature over the raw bytes is the only credential, so no parser touches them."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()  # GitHub comes from few addresses, for everybody
    parser_classes = ()

    @extend_schema(
        operation_id="webhooks_github",
        summary="Receive a GitHub delivery",
        auth=[],
        request={"application/json": OpenApiTypes.OBJECT},
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
            for name in ("X-Hub-Signature-256", "X-GitHub-Event", "X-GitHub-Delivery")
        ],
        responses={202: IntakeAnswerSerializer, 200: IntakeAnswerSerializer},
    )
    def post(self, request: Request, repository_id: UUID) -> Response:
        """202 for a new delivery, 200 for a ping or for one that came before."""
        intake = Intake(
            body=_raw_body(request),
            content_type=request.headers.get("Content-Type", ""),
            signature=request.headers.get("X-Hub-Signature-256"),
            event=request.headers.get("X-GitHub-Event"),
            guid=request.headers.get("X-GitHub-Delivery"),
        )
        answer = DeliveryService.take_in(repository_id=repository_id, intake=intake)
        return Response({"status": answer}, status=202 if answer == "accepted" else 200)


def _raw_body(request: Request) -> bytes:
    """The bytes as they came, read past the API's own, smaller limit for bodies."""
    limit = settings.WEBHOOK_MAX_BODY_BYTES
    body: bytes = request._request.read(limit + 1)  # noqa: SLF001  # DRF's public ways to the body parse or limit it
    if len(body) > limit:
        raise BodyTooLarge(f"At most {limit} bytes are accepted here.")
    return body
