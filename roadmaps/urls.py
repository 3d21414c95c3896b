"""Routes of the roadmaps app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from roadmaps.views import (
    GenerationViewSet,
    GrantedReadViewSet,
    GrantedRoadmapViewSet,
    ModuleViewSet,
    ResourceReportViewSet,
    RoadmapGrantViewSet,
    RoadmapModuleViewSet,
    RoadmapVersionViewSet,
    RoadmapViewSet,
)

router = SimpleRouter(use_regex_path=False)
router.register("roadmaps/generations", GenerationViewSet, basename="roadmap-generation")
router.register("roadmaps/granted", GrantedRoadmapViewSet, basename="granted-roadmap")
router.register("roadmaps/<uuid:roadmap_id>/grants", RoadmapGrantViewSet, basename="roadmap-grant")
router.register("roadmaps/<uuid:roadmap_id>/reads", GrantedReadViewSet, basename="roadmap-read")
router.register("roadmaps/<uuid:roadmap_id>/modules", RoadmapModuleViewSet, basename="roadmap-module")
router.register("roadmaps/<uuid:roadmap_id>/versions", RoadmapVersionViewSet, basename="roadmap-version")
router.register("roadmaps", RoadmapViewSet, basename="roadmap")
router.register("resources/<uuid:resource_id>/reports", ResourceReportViewSet, basename="resource-report")
router.register("modules", ModuleViewSet, basename="module")

urlpatterns = router.urls
