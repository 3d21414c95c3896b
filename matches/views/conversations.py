"""Conversations and their messages."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from matches import serializers as shapes
from matches.models import Conversation
from matches.services import ConversationService
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of

MESSAGE_EXAMPLE = OpenApiExample(
    "A message",
    value={"body": "What have you built so far?", "client_message_id": "6e0a7c1e-52f3-4a57-9d0e-0d0b8f5f9c11"},
    request_only=True,
)


@extend_schema_view(
    list=extend_schema(responses=shapes.ConversationSerializer),
    retrieve=extend_schema(responses=shapes.ConversationSerializer),
)
class ConversationViewSet(ActionViewSet):
    """My conversations."""

    scope_section = "matches"
    queryset = Conversation.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "messages", "post_message", "read"), (IsAuthenticated,))
    serializers: ClassVar = {
        "list": shapes.ConversationSerializer,
        "retrieve": shapes.ConversationSerializer,
        "messages": shapes.MessageSerializer,
        "post_message": shapes.NewMessageSerializer,
        "read": shapes.ReadSerializer,
    }

    def get_queryset(self) -> QuerySet[Conversation]:
        """With the people in it and what is unread."""
        visible = super().get_queryset().with_people()  # type: ignore[attr-defined]  # our own queryset
        return visible.with_unread(actor_of(self.request))  # type: ignore[no-any-return]  # our own queryset

    def list(self, request: Request) -> Response:
        """My conversations, newest first, with how much of each is unread."""
        return self.page_of(self.get_queryset(), shapes.ConversationSerializer)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One of my conversations."""
        return self.tagged(self.get_object(), shapes.ConversationSerializer)

    @extend_schema(parameters=[shapes.AfterSerializer], responses=shapes.MessagesSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def messages(self, request: Request, pk: UUID) -> Response:
        """Messages after `after_seq`, in order: what a client that was away has missed."""
        query = check_query(shapes.AfterSerializer, request)
        conversation = self.get_object()
        found = conversation.messages.after(query["after_seq"])[: query["limit"]]
        page = {"results": found, "last_seq": conversation.last_seq}
        return Response(shapes.MessagesSerializer(page).data)

    @extend_schema(
        request=shapes.NewMessageSerializer,
        responses={200: shapes.MessageSerializer, 201: shapes.MessageSerializer},
        examples=[MESSAGE_EXAMPLE],
    )
    @messages.mapping.post
    def post_message(self, request: Request, pk: UUID) -> Response:
        """Write a message; sent again with its `client_message_id` it is answered with 200 and is there once."""
        message, is_new = ConversationService.post_message(
            actor=actor_of(request), conversation_id=pk, **self.valid_input(request)
        )
        return self.tagged(message, shapes.MessageSerializer, status=201 if is_new else 200)

    @extend_schema(request=shapes.ReadSerializer, responses=shapes.ReadSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: UUID) -> Response:
        """Everything up to `seq` is read."""
        seq = self.valid_input(request)["last_read_seq"]
        pointer = ConversationService.mark_read(actor=actor_of(request), conversation_id=pk, seq=seq)
        return Response(shapes.ReadSerializer(pointer).data)
