"""Modules, and what learners add to them."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.models import Module, Note, OwnResource, Roadmap
from roadmaps.serializers import (
    CompleteInput,
    GenerationSerializer,
    JoinInput,
    ModuleInput,
    ModuleSerializer,
    MoveInput,
    NewModuleInput,
    NoteInput,
    NoteSerializer,
    OwnResourceInput,
    OwnResourceSerializer,
    RegenerateModuleInput,
    SplitInput,
    generation_path,
)
from roadmaps.services import (
    MaterialService,
    ModuleService,
    RegenerationService,
    RoadmapService,
    SplittingService,
)
from roadmaps.views.learners import MEMBERS, LearnerViewSet, may_read_granted
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.etags import check_if_match
from users.authentication import actor_of

COMPLETE_EXAMPLE = OpenApiExample("Against the order", value={"override": True}, request_only=True)


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
