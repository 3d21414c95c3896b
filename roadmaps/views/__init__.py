"""The REST side of this app: parse, one service or queryset, render."""

from roadmaps.views.generations import GenerationViewSet
from roadmaps.views.grants import GrantedReadViewSet, GrantedRoadmapViewSet, RoadmapGrantViewSet
from roadmaps.views.plans import ModuleViewSet, RoadmapModuleViewSet, RoadmapViewSet
from roadmaps.views.resources import ResourceReportViewSet
from roadmaps.views.versions import RoadmapVersionViewSet

__all__ = [
    "GenerationViewSet",
    "GrantedReadViewSet",
    "GrantedRoadmapViewSet",
    "ModuleViewSet",
    "ResourceReportViewSet",
    "RoadmapGrantViewSet",
    "RoadmapModuleViewSet",
    "RoadmapVersionViewSet",
    "RoadmapViewSet",
]
