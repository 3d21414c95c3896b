"""The jobs that plan: their receipts, an end before the end, and what they tell meanwhile as server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, ClassVar
from uuid import UUID

import orjson
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.enums import GenerationEventKind
from roadmaps.models import Generation, GenerationEvent
from roadmaps.serializers import GenerationSerializer
from roadmaps.services import PlanningService
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.errors import InvalidInput, NotFound
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of, lets_in_still

MEMBERS = (IsAuthenticated,)

LAST_KINDS = frozenset({GenerationEventKind.SUCCEEDED, GenerationEventKind.FAILED, GenerationEventKind.CANCELLED})
RETRY_MILLISECONDS = 1000
LOOK_SECONDS = 0.5
SILENCE_SECONDS = 15.0
LAST_EVENT_ID = 999_999_999
"""After so long without an event a comment is sent, so that proxies keep the connection."""
LONGEST_STREAM_SECONDS = 240.0
"""Less than an access token lives: a client that comes back shows a fresh one."""


# OpenAPI 3.1 has no words for a stream: to some readers its schema is the text's, to others that of each event.
EVENTS = OpenApiResponse(
    OpenApiTypes.ANY,
    description="Events with `id`, the number for Last-Event-ID, `data`, JSON with the time as `at`, and one of"
    f" these as `event`: {', '.join(GenerationEventKind.values)}.",
)


class EventStreamRenderer(BaseRenderer):
    """Lets clients accept `text/event-stream`; what is rendered by it are problems, as JSON."""

    media_type = "text/event-stream"
    format = "events"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """The same bytes as JSON."""
        return orjson.dumps(data, default=str)


class GenerationViewSet(ActionViewSet):
    """The jobs that plan roadmaps."""

    scope_section = "roadmaps"
    queryset = Generation.objects.all()
    lookup_value_converter = "uuid"
    permissions: ClassVar = {"retrieve": MEMBERS, "cancel": MEMBERS, "events": MEMBERS}
    serializers: ClassVar = {
        "retrieve": GenerationSerializer,
        "cancel": GenerationSerializer,
        "events": GenerationSerializer,
    }

    @extend_schema(responses=GenerationSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """How far the job is, and its receipt once it has ended."""
        return self.tagged(self._found(pk), GenerationSerializer)

    @extend_schema(request=None, responses=GenerationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """End a job that waits or runs; a roadmap that was being planned is an empty draft then."""
        return self.tagged(PlanningService().cancel(actor=actor_of(request), generation_id=pk), GenerationSerializer)

    @extend_schema(
        responses={
            (200, "text/event-stream"): EVENTS,
            204: OpenApiResponse(
                description="the job has ended, and there is no event after Last-Event-ID: do not come back"
            ),
        },
        parameters=[
            OpenApiParameter(
                "Last-Event-ID",
                {"type": "integer", "minimum": 0, "maximum": LAST_EVENT_ID},
                OpenApiParameter.HEADER,
                description="the last event that you have; 0: none",
            )
        ],
    )
    @action(detail=True, methods=["get"], renderer_classes=[EventStreamRenderer, JSONRenderer])
    def events(self, request: Request, pk: UUID) -> HttpResponseBase:
        """What the job tells, from its first event or after Last-Event-ID, until it has ended.

        The realtime process keeps the connection open. Other processes answer with what there is and end; an
        EventSource comes back by itself after `retry`, and misses nothing. It does so after the job's last event as
        well, and is told by `204` to stop.
        """
        generation = self._found(pk)
        after, actor = _last_event_id(request), actor_of(request)

        def look(number: int) -> list[GenerationEvent]:
            with acting_as(actor.pk):
                return list(GenerationEvent.objects.after(pk, number))

        if generation.finished_at and not look(after):
            return HttpResponse(status=204, headers={"Cache-Control": "no-store"})

        def look_again(number: int) -> list[GenerationEvent] | None:
            return look(number) if lets_in_still(actor, request.auth) else None

        if isinstance(request._request, ASGIRequest):  # noqa: SLF001  # DRF has no public name for it
            return _as_events(StreamingHttpResponse(_stream(look_again, after)))
        return _as_events(HttpResponse(b"".join([_preamble(), *map(_frame, look(after))])))

    def _found(self, pk: UUID) -> Generation:
        generation: Generation | None = self.get_queryset().filter(pk=pk).first()
        if generation is None:
            raise NotFound("There is no such job among yours.")
        return generation


async def _stream(look: Callable[[int], Iterable[GenerationEvent] | None], after: int) -> AsyncIterator[bytes]:
    """Frames until the last event, until the time is up, or until `look` gives None: who watches is not let in now."""
    yield _preamble()
    ends_at = time.monotonic() + LONGEST_STREAM_SECONDS
    spoke_at = time.monotonic()
    while time.monotonic() < ends_at:
        events = await sync_to_async(look)(after)
        if events is None:
            return
        for event in events:
            after, spoke_at = event.number, time.monotonic()
            yield _frame(event)
            if event.kind in LAST_KINDS:
                return
        if time.monotonic() - spoke_at > SILENCE_SECONDS:
            spoke_at = time.monotonic()
            yield b": still there\n\n"
        await asyncio.sleep(LOOK_SECONDS)


def _preamble() -> bytes:
    return b"retry: %d\n\n" % RETRY_MILLISECONDS


def _frame(event: GenerationEvent) -> bytes:
    """One event as the HTML standard writes it; JSON has no line breaks."""
    data = orjson.dumps({**event.payload, "at": event.created_at})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.number, event.kind.encode(), data)


def _as_events(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Type"] = "text/event-stream; charset=utf-8"
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _last_event_id(request: Request) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    if not text.isdecimal() or len(text) > len(str(LAST_EVENT_ID)):
        raise InvalidInput.of("Last-Event-ID", "Write the number of an event, or 0.")
    return int(text)
