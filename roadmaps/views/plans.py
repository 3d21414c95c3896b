"""Roadmaps, their modules, and what learners add to those."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.enums import Side
from roadmaps.filters import RoadmapFilter
from roadmaps.models import Generation, Module, Note, OwnResource, Roadmap
from roadmaps.serializers import (
    CompleteInput,
    DraftInput,
    ForkInput,
    GenerateInput,
    GenerationSerializer,
    JoinInput,
    LinkQuery,
    MergeInput,
    ModelUseSerializer,
    ModuleInput,
    ModuleSerializer,
    MoveInput,
    NewModuleInput,
    NoteInput,
    NoteSerializer,
    OwnResourceInput,
    OwnResourceSerializer,
    PreviewSerializer,
    RegenerateInput,
    RegenerateModuleInput,
    RoadmapChanges,
    RoadmapSerializer,
    RoadmapSummarySerializer,
    SplitInput,
    UpstreamSerializer,
    WishInput,
    generation_path,
    wish_of,
)
from roadmaps.services import (
    ForkService,
    GrantService,
    MaterialService,
    ModuleService,
    RegenerationService,
    RoadmapService,
    SplittingService,
    model_use,
)
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of
from users.enums import Role
from users.models import Profile

MEMBERS = (IsAuthenticated,)

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
COMPLETE_EXAMPLE = OpenApiExample("Against the order", value={"override": True}, request_only=True)


def may_read_granted(request: Request, roadmap_id: UUID) -> bool:
    """Whether a mentor who asks holds a grant; then it is in the log, and visible for the rest of the request."""
    return actor_of(request).role == Role.MENTOR and GrantService.open(roadmap_id=roadmap_id)


class LearnerViewSet(ActionViewSet):
    """Renders for the reader: resources come in their languages."""

    lookup_value_converter = "uuid"

    def get_serializer_context(self) -> dict[str, Any]:
        """With the reader's languages, best first."""
        return {**super().get_serializer_context(), "languages": self._languages()}

    def _languages(self) -> list[str]:
        user = self.request.user
        if not user.is_authenticated:
            return []
        return next(iter(Profile.objects.filter(user_id=user.pk).values_list("languages", flat=True)), [])


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


class RoadmapModuleViewSet(LearnerViewSet):
    """The modules of one roadmap."""

    scope_section = "roadmaps"
    queryset = Module.objects.all()
    pagination_class = None
    permissions: ClassVar = {"list": MEMBERS, "create": MEMBERS}
    serializers: ClassVar = {"list": ModuleSerializer, "create": NewModuleInput}

    @extend_schema(responses=ModuleSerializer(many=True))
    def list(self, request: Request, roadmap_id: UUID) -> Response:
        """All modules in order."""
        visible = Module.objects.visible_to(request.user).filter(roadmap_id=roadmap_id)
        shown = visible.with_details().with_languages_of(actor_of(request))
        modules = list(shown)
        if not modules and not Roadmap.objects.visible_to(request.user).filter(pk=roadmap_id).exists():
            if not may_read_granted(request, roadmap_id):
                raise NotFound("There is no such roadmap among yours.")
            modules = list(shown.all())
        languages = (modules[0].reader_languages or []) if modules else []
        return Response(ModuleSerializer(modules, many=True, context={"languages": languages}).data)

    @extend_schema(request=NewModuleInput, responses={201: ModuleSerializer})
    def create(self, request: Request, roadmap_id: UUID) -> Response:
        """Add a module. If-Match takes the ETag of the roadmap."""
        fields = self.valid_input(request)
        module = ModuleService().add(
            actor=actor_of(request),
            roadmap_id=roadmap_id,
            position=fields.pop("position", None),
            requires=fields.pop("requires", ()),
            fields=fields,
            check=partial(check_if_match, request),
        )
        shown = Module.objects.visible_to(request.user).with_details().get(pk=module.pk)
        return self.tagged(shown, ModuleSerializer, status=201)


class ModuleViewSet(LearnerViewSet):
    """One module: its way from pending to completed, its text, and what the learner adds to it."""

    scope_section = "roadmaps"
    queryset = Module.objects.all()
    permissions: ClassVar = dict.fromkeys(
        (
            "retrieve", "partial_update", "destroy", "move", "start", "complete", "reopen", "skip", "regenerate",
            "split", "join",
            "note", "write_note", "delete_note", "resources", "add_resource", "delete_resource",
        ),
        MEMBERS,
    )  # fmt: skip
    serializers: ClassVar = {
        "retrieve": ModuleSerializer,
        "partial_update": ModuleInput,
        "move": MoveInput,
        "split": SplitInput,
        "join": JoinInput,
        "start": ModuleSerializer,
        "complete": CompleteInput,
        "reopen": ModuleSerializer,
        "skip": ModuleSerializer,
        "regenerate": RegenerateModuleInput,
        "note": NoteSerializer,
        "write_note": NoteInput,
        "resources": OwnResourceSerializer,
        "add_resource": OwnResourceInput,
    }

    @extend_schema(responses=ModuleSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One module."""
        return self._shown(pk)

    @extend_schema(request=ModuleInput(partial=True), responses=ModuleSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a module; its progress stays. Send If-Match with the ETag you have read."""
        changes = self.valid_input(request, partial=True)
        requires, check = changes.pop("requires", None), partial(check_if_match, request)
        ModuleService().edit(actor=actor_of(request), module_id=pk, changes=changes, requires=requires, check=check)
        return self._shown(pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take a module out of the plan."""
        ModuleService().remove(actor=actor_of(request), module_id=pk, check=partial(check_if_match, request))
        return Response(status=204)

    @extend_schema(request=MoveInput, responses=ModuleSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: UUID) -> Response:
        """Put a module at another place."""
        position, check = self.valid_input(request)["position"], partial(check_if_match, request)
        ModuleService().move(actor=actor_of(request), module_id=pk, position=position, check=check)
        return self._shown(pk)

    @extend_schema(request=SplitInput, responses=ModuleSerializer(many=True))
    @action(detail=True, methods=["post"], pagination_class=None)
    def split(self, request: Request, pk: UUID) -> Response:
        """Make several modules of one; the first keeps its id, status and notes. If-Match takes its ETag."""
        parts, check = self.valid_input(request)["parts"], partial(check_if_match, request)
        made = SplittingService().split(actor=actor_of(request), module_id=pk, parts=parts, check=check)
        shown = Module.objects.visible_to(request.user).with_details().filter(pk__in=[each.pk for each in made])
        return Response(ModuleSerializer(shown, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=JoinInput, responses=ModuleSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: UUID) -> Response:
        """Make one module of several about the same skill; it has all that they had. If-Match takes its ETag."""
        fields, check = self.valid_input(request), partial(check_if_match, request)
        others = fields.pop("modules")
        SplittingService().join(actor=actor_of(request), module_id=pk, others=others, check=check, **fields)
        return self._shown(pk)

    @extend_schema(request=None, responses=ModuleSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: UUID) -> Response:
        """Begin a module."""
        return self._shown(RoadmapService().start_module(actor=actor_of(request), module_id=pk).pk)

    @extend_schema(request=CompleteInput, responses=ModuleSerializer, examples=[COMPLETE_EXAMPLE])
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: UUID) -> Response:
        """Complete a module; what it builds on comes first, unless you override that."""
        fields = self.valid_input(request)
        return self._shown(RoadmapService().complete_module(actor=actor_of(request), module_id=pk, **fields).pk)

    @extend_schema(request=None, responses=ModuleSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Take a module up again that was completed or skipped."""
        return self._shown(RoadmapService().reopen_module(actor=actor_of(request), module_id=pk).pk)

    @extend_schema(request=None, responses=ModuleSerializer)
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, pk: UUID) -> Response:
        """Leave a module out of the progress."""
        return self._shown(RoadmapService().skip_module(actor=actor_of(request), module_id=pk).pk)

    @extend_schema(request=RegenerateModuleInput, responses={202: GenerationSerializer})
    @action(detail=True, methods=["post"])
    def regenerate(self, request: Request, pk: UUID) -> Response:
        """Have a module worded anew, with a comment of yours; its id, status and notes stay."""
        fields = self.valid_input(request)
        job = RegenerationService().regenerate_module(actor=actor_of(request), module_id=pk, **fields)
        return self.tagged(job, GenerationSerializer, status=202, location=generation_path(job))

    @extend_schema(responses=NoteSerializer)
    @action(detail=True, methods=["get"])
    def note(self, request: Request, pk: UUID) -> Response:
        """Your private note on a module."""
        note = Note.objects.visible_to(request.user).filter(module=pk).first()
        if note is None:
            raise NotFound("You have no note on this module.")
        return self.tagged(note, NoteSerializer)

    @extend_schema(request=NoteInput, responses=NoteSerializer)
    @note.mapping.put
    def write_note(self, request: Request, pk: UUID) -> Response:
        """Write or replace your private note on a module."""
        text, check = self.valid_input(request)["text"], partial(check_if_match, request)
        note = MaterialService().write_note(actor=actor_of(request), module_id=pk, text=text, check=check)
        return self.tagged(note, NoteSerializer)

    @extend_schema(responses={204: None})
    @note.mapping.delete
    def delete_note(self, request: Request, pk: UUID) -> Response:
        """Remove your private note."""
        MaterialService().delete_note(actor=actor_of(request), module_id=pk)
        return Response(status=204)

    @extend_schema(responses=OwnResourceSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def resources(self, request: Request, pk: UUID) -> Response:
        """The addresses that you have added to a module."""
        if not Module.objects.visible_to(request.user).filter(pk=pk).exists():
            raise _no_such_module()
        own = OwnResource.objects.visible_to(request.user).filter(module=pk).order_by("id")
        return Response(OwnResourceSerializer(own, many=True).data)

    @extend_schema(request=OwnResourceInput, responses={201: OwnResourceSerializer})
    @resources.mapping.post
    def add_resource(self, request: Request, pk: UUID) -> Response:
        """Add an address of your own to a module."""
        own = MaterialService().add_resource(actor=actor_of(request), module_id=pk, **self.valid_input(request))
        return self.tagged(own, OwnResourceSerializer, status=201)

    @extend_schema(responses={204: OpenApiResponse(description="It is gone.")})
    @action(detail=True, methods=["delete"], url_path="resources/<uuid:resource_id>")
    def delete_resource(self, request: Request, pk: UUID, resource_id: UUID) -> Response:
        """Remove an address of your own."""
        MaterialService().delete_resource(actor=actor_of(request), module_id=pk, resource_id=resource_id)
        return Response(status=204)

    def _module(self, pk: UUID) -> Module:
        module = Module.objects.visible_to(self.request.user).with_details().filter(pk=pk).first()
        if module is None:
            raise _no_such_module()
        return module

    def _shown(self, pk: UUID) -> Response:
        return self.tagged(self._module(pk), ModuleSerializer)


def _no_such_module() -> NotFound:
    return NotFound("There is no such module in your roadmaps.")
