"""What people can ask of their notifications over HTTP."""

from typing import ClassVar, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.enums import Channel
from notifications.filters import NotificationFilter
from notifications.models import ChannelDefault, Notification
from notifications.querysets import NotificationQuerySet
from notifications.serializers import (
    DeliverySerializer,
    MarkedReadSerializer,
    NotificationSerializer,
    PreferenceChoicesSerializer,
    PreferenceSerializer,
    UnreadCountSerializer,
)
from notifications.services import NotificationService
from notifications.services.inbox import PreferenceChoice
from notifications.unsubscribing import read_token
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.models import User


def actor_of(request: Request) -> User:
    """The person who is logged in: every action here asks for IsAuthenticated."""
    return cast(User, request.user)


NOTIFICATION_EXAMPLE = OpenApiExample(
    "A badge",
    value={
        "id": "0198c0de-7000-7000-8000-000000000001",
        "kind": "badge_awarded",
        "summary": "You earned a badge: First module",
        "actor": None,
        "target_type": "badge",
        "target_id": "0198c0de-7000-7000-8000-000000000002",
        "data": {"title": "First module"},
        "read_at": None,
        "created_at": "2026-11-22T20:15:00Z",
    },
    response_only=True,
)


class NotificationViewSet(ActionViewSet):
    """One's own notifications, newest first."""

    scope_section = "notifications"
    queryset = Notification.objects.all()
    filterset_class = NotificationFilter
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(
        ("list", "retrieve", "read", "read_all", "unread_count", "deliveries"), (IsAuthenticated,)
    )
    serializers: ClassVar = {
        "list": NotificationSerializer,
        "retrieve": NotificationSerializer,
        "read": NotificationSerializer,
        "read_all": MarkedReadSerializer,
        "unread_count": UnreadCountSerializer,
        "deliveries": DeliverySerializer,
    }

    @extend_schema(summary="My notifications", examples=[NOTIFICATION_EXAMPLE])
    def list(self, request: Request) -> Response:
        """Those that are switched on for the application; `unread` and `kind` narrow it down."""
        return self.page_of(self.filter_queryset(self.get_queryset().in_app()), NotificationSerializer)

    @extend_schema(summary="One notification", examples=[NOTIFICATION_EXAMPLE])
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Reading it here does not mark it as read."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Mark as read", request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: UUID) -> Response:
        """A repeat changes nothing."""
        notification = NotificationService().mark_read(actor=actor_of(request), notification_id=pk)
        return Response(self.get_serializer(notification).data)

    @extend_schema(summary="Mark all as read", request=None, responses=MarkedReadSerializer)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Those that have come until now."""
        return Response({"marked_read": NotificationService().mark_all_read(actor=actor_of(request))})

    @extend_schema(summary="How many are unread", responses=UnreadCountSerializer)
    @action(detail=False, methods=["get"], url_path="unread-count", filterset_class=None, pagination_class=None)
    def unread_count(self, request: Request) -> Response:
        """For the number on the bell."""
        return Response({"unread": NotificationService().unread_count(actor=actor_of(request))})

    @extend_schema(summary="Why did I get this, or not?", responses=DeliverySerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def deliveries(self, request: Request, pk: UUID) -> Response:
        """What was decided for each channel, with the reason, and how sending went."""
        return Response(self.get_serializer(self.get_object().deliveries.order_by("channel"), many=True).data)

    def get_queryset(self) -> NotificationQuerySet:
        """One's own, with actors."""
        return cast(NotificationQuerySet, super().get_queryset()).with_people()


class PreferenceViewSet(ActionViewSet):
    """What one wants to be told, and how."""

    scope_section = "notifications"
    queryset = ChannelDefault.objects.all()
    pagination_class = None
    permissions: ClassVar = {"list": (IsAuthenticated,), "replace": (IsAuthenticated,)}
    serializers: ClassVar = {"list": PreferenceSerializer, "replace": PreferenceChoicesSerializer}

    @extend_schema(summary="My preferences", responses=PreferenceSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The whole table, kind by channel."""
        return self._table(request)

    @extend_schema(
        summary="Set preferences",
        responses=PreferenceSerializer(many=True),
        examples=[
            OpenApiExample(
                "No e-mails about replies",
                value={"entries": [{"kind": "reply_posted", "channel": "email", "is_enabled": False}]},
                request_only=True,
            )
        ],
    )
    def replace(self, request: Request) -> Response:
        """Set the entries named and answer with the whole table."""
        choices = [PreferenceChoice(**entry) for entry in self.valid_input(request)["entries"]]
        NotificationService().set_preferences(actor=actor_of(request), choices=choices)
        return self._table(request)

    def _table(self, request: Request) -> Response:
        cells = ChannelDefault.objects.with_choice_of(actor_of(request).pk).order_by("kind", "channel")
        return Response(PreferenceSerializer(cells, many=True).data)


@method_decorator(csrf_exempt, name="dispatch")
class UnsubscribeView(View):
    """The link in e-mails. GET asks, because mail scanners open links; POST switches off (RFC 8058).

    The mailbox provider posts for the person, without cookies; the signed token is what it proves itself by.
    """

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The question, with one button."""
        found = read_token(request.GET.get("token", ""))
        return self._page(request, "ask", found.kind.label) if found else self._page(request, "invalid", status=400)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Switched off, whoever sends the token: it was in the person's e-mail."""
        found = read_token(request.GET.get("token", ""))
        if found is None:
            return self._page(request, "invalid", status=400)
        with acting_as(found.user_id):
            user = User.objects.filter(pk=found.user_id).first()
            if user:
                NotificationService().set_preference(
                    actor=user, kind=found.kind, channel=Channel.EMAIL, is_enabled=False
                )
        return self._page(request, "done", found.kind.label)

    def _page(self, request: HttpRequest, state: str, label: str = "", status: int = 200) -> HttpResponse:
        content = {"state": state, "label": label}
        return render(request, "notifications/unsubscribe/page.html", content, status=status)
