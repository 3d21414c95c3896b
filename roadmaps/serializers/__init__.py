"""The shape of what goes in and out of the routes of this app. Nothing is decided here."""

from roadmaps.serializers.generations import (
    GenerationSerializer,
    ModelUseSerializer,
    RegenerateInput,
    RegenerateModuleInput,
    generation_path,
)
from roadmaps.serializers.grants import (
    GrantedReadSerializer,
    GrantedRoadmapSerializer,
    GrantInput,
    RoadmapGrantSerializer,
)
from roadmaps.serializers.plans import (
    CompleteInput,
    DraftInput,
    ModuleInput,
    ModuleSerializer,
    MoveInput,
    NewModuleInput,
    NoteInput,
    NoteSerializer,
    OwnResourceInput,
    OwnResourceSerializer,
    RoadmapChanges,
    RoadmapSerializer,
    RoadmapSummarySerializer,
)
from roadmaps.serializers.reports import ResourceReportInput, ResourceReportSerializer
from roadmaps.serializers.wishes import GenerateInput, PreviewSerializer, WishInput, wish_of

__all__ = [
    "CompleteInput",
    "DraftInput",
    "GenerateInput",
    "GenerationSerializer",
    "GrantInput",
    "GrantedReadSerializer",
    "GrantedRoadmapSerializer",
    "ModelUseSerializer",
    "ModuleInput",
    "ModuleSerializer",
    "MoveInput",
    "NewModuleInput",
    "NoteInput",
    "NoteSerializer",
    "OwnResourceInput",
    "OwnResourceSerializer",
    "PreviewSerializer",
    "RegenerateInput",
    "RegenerateModuleInput",
    "ResourceReportInput",
    "ResourceReportSerializer",
    "RoadmapChanges",
    "RoadmapGrantSerializer",
    "RoadmapSerializer",
    "RoadmapSummarySerializer",
    "WishInput",
    "generation_path",
    "wish_of",
]
