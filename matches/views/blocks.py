"""Whom one keeps away from oneself in matching."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from matches import serializers as shapes
from matches.models import Block
from matches.services import BlockService
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of

BLOCK_EXAMPLE = OpenApiExample(
    "A conflict of interest",
    value={"person": "01937f6e-8d4b-7b1e-9c55-2f4a9b0c7d11", "kind": "conflict", "note": "We work together."},
    request_only=True,
)


class BlockViewSet(ActionViewSet):
    """Whom I keep away: no round and no suggestion brings us together, and neither asks the other."""

    scope_section = "matches"
    queryset = Block.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = dict.fromkeys(("list", "create", "destroy"), (IsAuthenticated,))
    serializers: ClassVar = {"list": shapes.BlockSerializer, "create": shapes.NewBlockSerializer}

    def get_queryset(self) -> QuerySet[Block]:
        """With their names."""
        return super().get_queryset().with_people()  # type: ignore[no-any-return,attr-defined]  # our own queryset

    @extend_schema(responses=shapes.BlockSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Whom I keep away, newest first."""
        return self.page_of(self.get_queryset(), shapes.BlockSerializer)

    @extend_schema(request=shapes.NewBlockSerializer, responses={201: shapes.BlockSerializer}, examples=[BLOCK_EXAMPLE])
    def create(self, request: Request) -> Response:
        """Keep somebody away, whichever of us would be the mentor. They are not told."""
        block = BlockService.add(actor=actor_of(request), **self.valid_input(request))
        return self.tagged(block, shapes.BlockSerializer, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Keep them away no longer."""
        BlockService.remove(actor=actor_of(request), block_id=pk)
        return Response(status=204)
