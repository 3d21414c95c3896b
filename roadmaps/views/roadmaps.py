"""One's roadmaps: wishes, their jobs, changes, copies."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.enums import Side
from roadmaps.filters import RoadmapFilter
from roadmaps.models import Generation, Roadmap
from roadmaps.serializers import (
    DraftInput,
    ForkInput,
    GenerateInput,
    GenerationSerializer,
    LinkQuery,
    MergeInput,
    ModelUseSerializer,
    PreviewSerializer,
    RegenerateInput,
    RoadmapChanges,
    RoadmapSerializer,
    RoadmapSummarySerializer,
    UpstreamSerializer,
    WishInput,
    generation_path,
    wish_of,
)
from roadmaps.services import (
    ForkService,
    RegenerationService,
    RoadmapService,
    model_use,
)
from roadmaps.views.learners import MEMBERS, LearnerViewSet, may_read_granted
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.inputs import check_query
from users.authentication import actor_of

GOAL_EXAMPLE = OpenApiExample(
    "A goal",
    value={"goal": "backend engineer with Python and PostgreSQL", "hours_per_week": 6, "weeks": 20},
    request_only=True,
)
JOB_EXAMPLE = OpenApiExample(
    "A job that waits",
    value={
        "id": "0193a1b2-0000-7000-8000-000000000001",
        "kind": "roadmap",
        "status": "queued",
        "roadmap": "0193a1b2-0000-7000-8000-000000000002",
        "module": None,
        "comment": "",
        "source": "",
        "model": "",
        "prompt_version": "",
        "prompt_hash": "",
        "attempts": 0,
        "is_cached": False,
        "prompt_tokens": None,
        "completion_tokens": None,
        "cost": None,
        "faults": [],
        "fallback_reason": "",
        "error": "",
        "created_at": "2026-11-22T09:00:00Z",
        "started_at": None,
        "finished_at": None,
        "links": {
            "self": "/api/v1/roadmaps/generations/0193a1b2-0000-7000-8000-000000000001/",
            "events": "/api/v1/roadmaps/generations/0193a1b2-0000-7000-8000-000000000001/events/",
            "roadmap": "/api/v1/roadmaps/0193a1b2-0000-7000-8000-000000000002/",
        },
    },
    response_only=True,
    status_codes=["202"],
)


class RoadmapViewSet(LearnerViewSet):
    """One's roadmaps."""

    scope_section = "roadmaps"
    queryset = Roadmap.objects.all()
    filterset_class = RoadmapFilter
    permissions: ClassVar = dict.fromkeys(
        (
            "list", "create", "preview", "drafts", "retrieve", "partial_update", "destroy",
            "archive", "activate", "retry", "regenerate", "reschedule", "limits", "fork", "upstream", "merge",
        ),
        MEMBERS,
    )  # fmt: skip
    serializers: ClassVar = {
        "list": RoadmapSummarySerializer,
        "create": GenerateInput,
        "preview": WishInput,
        "drafts": DraftInput,
        "retrieve": RoadmapSerializer,
        "partial_update": RoadmapChanges,
        "archive": RoadmapSerializer,
        "activate": RoadmapSerializer,
        "reschedule": RoadmapSerializer,
        "retry": GenerationSerializer,
        "regenerate": RegenerateInput,
        "limits": ModelUseSerializer,
        "fork": ForkInput,
        "upstream": UpstreamSerializer,
        "merge": MergeInput,
    }

    @extend_schema(responses=RoadmapSummarySerializer(many=True))
    def list(self, request: Request) -> Response:
        """Your roadmaps, newest first."""
        return self.page_of(self.filter_queryset(self.get_queryset().select_related("track")), RoadmapSummarySerializer)

    @extend_schema(request=GenerateInput, responses={202: GenerationSerializer}, examples=[GOAL_EXAMPLE, JOB_EXAMPLE])
    def create(self, request: Request) -> Response:
        """Have a roadmap planned; the answer is the job, to be watched at its Location."""
        fields = self.valid_input(request)
        title = fields.pop("title", "")
        return self._job(RoadmapService().generate_roadmap(actor=actor_of(request), wish=wish_of(fields), title=title))

    @extend_schema(request=WishInput, responses=PreviewSerializer, examples=[GOAL_EXAMPLE])
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What a goal is taken to mean, and how its plan would fit; nothing is kept."""
        settled, made = RoadmapService().preview(actor=actor_of(request), wish=wish_of(self.valid_input(request)))
        return Response(PreviewSerializer.of(settled, made).data)

    @extend_schema(request=DraftInput, responses={201: RoadmapSerializer})
    @action(detail=False, methods=["post"])
    def drafts(self, request: Request) -> Response:
        """Begin an empty roadmap by hand."""
        return self._shown(RoadmapService().create(actor=actor_of(request), **self.valid_input(request)).pk, status=201)

    @extend_schema(responses=RoadmapSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One roadmap with its modules: your own, or one that its learner lets you read, which is logged for them."""
        return self._shown(pk)

    @extend_schema(request=RoadmapChanges(partial=True), responses=RoadmapSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change title, time or visibility. Send If-Match with the ETag you have read."""
        changes = self.valid_input(request, partial=True)
        check = partial(check_if_match, request)
        RoadmapService().update(actor=actor_of(request), roadmap_id=pk, changes=changes, check=check)
        return self._shown(pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Remove a roadmap with everything in it."""
        RoadmapService().delete(actor=actor_of(request), roadmap_id=pk, check=partial(check_if_match, request))
        return Response(status=204)

    @extend_schema(request=None, responses=RoadmapSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Put a roadmap away."""
        return self._shown(RoadmapService().archive(actor=actor_of(request), roadmap_id=pk).pk)

    @extend_schema(request=None, responses=RoadmapSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: UUID) -> Response:
        """Begin with a draft, or take a roadmap out of the archive."""
        return self._shown(RoadmapService().activate(actor=actor_of(request), roadmap_id=pk).pk)

    @extend_schema(request=None, responses=RoadmapSerializer)
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: UUID) -> Response:
        """Lay what is left out anew, from this week on; the deadline stays, and the answer says how that fits."""
        return self._shown(RoadmapService().reschedule(actor=actor_of(request), roadmap_id=pk).pk)

    @extend_schema(request=None, responses={202: GenerationSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Have a roadmap planned again whose planning failed."""
        return self._job(RoadmapService().retry(actor=actor_of(request), roadmap_id=pk))

    @extend_schema(request=RegenerateInput, responses={202: GenerationSerializer})
    @action(detail=True, methods=["post"])
    def regenerate(self, request: Request, pk: UUID) -> Response:
        """Have what is not begun planned anew, for another goal if you name one; progress, notes and ids stay."""
        fields = self.valid_input(request)
        return self._job(RegenerationService().regenerate_rest(actor=actor_of(request), roadmap_id=pk, **fields))

    @extend_schema(request=ForkInput, responses={201: RoadmapSerializer})
    @action(detail=True, methods=["post"])
    def fork(self, request: Request, pk: UUID) -> Response:
        """Make a copy of a roadmap of yours, or of a public one, to be changed and followed."""
        copy = ForkService().fork(actor=actor_of(request), roadmap_id=pk, **self.valid_input(request))
        return self._shown(copy.pk, status=201, location=reverse("roadmap-detail", args=[copy.pk]))

    @extend_schema(parameters=[LinkQuery], responses=UpstreamSerializer)
    @action(detail=True, methods=["get"])
    def upstream(self, request: Request, pk: UUID) -> Response:
        """What changed in the roadmap that this one was copied from, and what a merge would take of it."""
        token = check_query(LinkQuery, request).get("k", "")
        found = ForkService().offers(actor=actor_of(request), roadmap_id=pk, token=token)
        return Response(UpstreamSerializer.of(found).data)

    @extend_schema(parameters=[LinkQuery], request=MergeInput, responses=RoadmapSerializer)
    @upstream.mapping.post
    def merge(self, request: Request, pk: UUID) -> Response:
        """Take those changes; what you changed or began stays unless you choose otherwise. Send If-Match."""
        choices = {each["module"]: Side(each["take"]) for each in self.valid_input(request).get("choices", ())}
        token, check = check_query(LinkQuery, request).get("k", ""), partial(check_if_match, request)
        ForkService().merge(actor=actor_of(request), roadmap_id=pk, choices=choices, token=token, check=check)
        return self._shown(pk)

    @extend_schema(responses=ModelUseSerializer)
    @action(detail=False, methods=["get"])
    def limits(self, request: Request) -> Response:
        """How often a model worded your plans today, and how often it may."""
        return Response(ModelUseSerializer(model_use(actor_of(request).pk)).data)

    def _job(self, generation: Generation) -> Response:
        return self.tagged(generation, GenerationSerializer, status=202, location=generation_path(generation))

    def _shown(self, pk: UUID, *, status: int = 200, location: str = "") -> Response:
        found = Roadmap.objects.visible_to(self.request.user).with_modules().filter(pk=pk)
        roadmap = found.first()
        if roadmap is None and may_read_granted(self.request, pk):
            roadmap = found.first()
        if roadmap is None:
            raise NotFound("There is no such roadmap among yours.")
        return self.tagged(roadmap, RoadmapSerializer, status=status, location=location)
