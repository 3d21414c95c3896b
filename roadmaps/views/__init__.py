"""The REST side of this app: parse, one service or queryset, render."""

from roadmaps.views.documents import DocumentViewSet
from roadmaps.views.generations import GenerationViewSet
from roadmaps.views.grants import GrantedReadViewSet, GrantedRoadmapViewSet, RoadmapGrantViewSet
from roadmaps.views.modules import ModuleViewSet, RoadmapModuleViewSet
from roadmaps.views.resources import ResourceReportViewSet
from roadmaps.views.roadmaps import RoadmapViewSet
from roadmaps.views.sharing import (
    GalleryViewSet,
    PublicationViewSet,
    RatingViewSet,
    SharedForkViewSet,
    ShareLinkViewSet,
)
from roadmaps.views.versions import RoadmapVersionViewSet

__all__ = [
    "DocumentViewSet",
    "GalleryViewSet",
    "GenerationViewSet",
    "GrantedReadViewSet",
    "GrantedRoadmapViewSet",
    "ModuleViewSet",
    "PublicationViewSet",
    "RatingViewSet",
    "ResourceReportViewSet",
    "RoadmapGrantViewSet",
    "RoadmapModuleViewSet",
    "RoadmapVersionViewSet",
    "RoadmapViewSet",
    "ShareLinkViewSet",
    "SharedForkViewSet",
]
