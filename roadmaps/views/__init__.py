"""The REST side of this app: parse, one service or queryset, render."""

from roadmaps.views.grants import GrantedReadViewSet, GrantedRoadmapViewSet, RoadmapGrantViewSet
from roadmaps.views.plans import GenerationViewSet, ModuleViewSet, RoadmapModuleViewSet, RoadmapViewSet

__all__ = [
    "GenerationViewSet",
    "GrantedReadViewSet",
    "GrantedRoadmapViewSet",
    "ModuleViewSet",
    "RoadmapGrantViewSet",
    "RoadmapModuleViewSet",
    "RoadmapViewSet",
]
