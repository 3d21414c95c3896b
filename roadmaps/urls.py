"""Routes of the roadmaps app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from roadmaps.views import GenerationViewSet, ModuleViewSet, RoadmapModuleViewSet, RoadmapViewSet

router = SimpleRouter(use_regex_path=False)
router.register("roadmaps/generations", GenerationViewSet, basename="roadmap-generation")
router.register("roadmaps/<uuid:roadmap_id>/modules", RoadmapModuleViewSet, basename="roadmap-module")
router.register("roadmaps", RoadmapViewSet, basename="roadmap")
router.register("modules", ModuleViewSet, basename="module")

urlpatterns = router.urls
