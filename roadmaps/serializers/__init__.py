"""The shape of what goes in and out of the routes of this app. Nothing is decided here."""

from roadmaps.serializers.grants import (
    GrantedReadSerializer,
    GrantedRoadmapSerializer,
    GrantInput,
    RoadmapGrantSerializer,
)
from roadmaps.serializers.plans import (
    CompleteInput,
    DraftInput,
    GenerateInput,
    GenerationSerializer,
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
    generation_path,
)

__all__ = [
    "CompleteInput",
    "DraftInput",
    "GenerateInput",
    "GenerationSerializer",
    "GrantInput",
    "GrantedReadSerializer",
    "GrantedRoadmapSerializer",
    "ModuleInput",
    "ModuleSerializer",
    "MoveInput",
    "NewModuleInput",
    "NoteInput",
    "NoteSerializer",
    "OwnResourceInput",
    "OwnResourceSerializer",
    "RoadmapChanges",
    "RoadmapGrantSerializer",
    "RoadmapSerializer",
    "RoadmapSummarySerializer",
    "generation_path",
]
