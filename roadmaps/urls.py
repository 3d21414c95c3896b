"""Routes of the roadmaps app, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from roadmaps.views import (
    DocumentViewSet,
    GalleryViewSet,
    GenerationViewSet,
    GrantedReadViewSet,
    GrantedRoadmapViewSet,
    ModuleViewSet,
    PublicationViewSet,
    RatingViewSet,
    ResourceReportViewSet,
    RoadmapGrantViewSet,
    RoadmapModuleViewSet,
    RoadmapVersionViewSet,
    RoadmapViewSet,
    SharedForkViewSet,
    ShareLinkViewSet,
)

router = SimpleRouter(use_regex_path=False)
router.register("roadmaps/generations", GenerationViewSet, basename="roadmap-generation")
router.register("roadmaps/granted", GrantedRoadmapViewSet, basename="granted-roadmap")
router.register("roadmaps/<uuid:roadmap_id>/grants", RoadmapGrantViewSet, basename="roadmap-grant")
router.register("roadmaps/<uuid:roadmap_id>/links", ShareLinkViewSet, basename="roadmap-link")
router.register("roadmaps/<uuid:roadmap_id>/reads", GrantedReadViewSet, basename="roadmap-read")
router.register("roadmaps/<uuid:roadmap_id>/modules", RoadmapModuleViewSet, basename="roadmap-module")
router.register("roadmaps/<uuid:roadmap_id>/versions", RoadmapVersionViewSet, basename="roadmap-version")
router.register("roadmaps", RoadmapViewSet, basename="roadmap")
router.register("resources/<uuid:resource_id>/reports", ResourceReportViewSet, basename="resource-report")
router.register("modules", ModuleViewSet, basename="module")

urlpatterns = [
    path("roadmaps/import/", DocumentViewSet.as_view({"post": "import_roadmap"}), name="roadmap-import"),
    path("roadmaps/<uuid:pk>/export/", DocumentViewSet.as_view({"get": "export"}), name="roadmap-export"),
    path("roadmaps/gallery/", GalleryViewSet.as_view({"get": "list"}), name="roadmap-gallery"),
    path("roadmaps/gallery/<slug:slug>/", GalleryViewSet.as_view({"get": "retrieve"}), name="shared-roadmap-json"),
    path(
        "roadmaps/gallery/<slug:slug>/fork/", SharedForkViewSet.as_view({"post": "create"}), name="shared-roadmap-fork"
    ),
    path(
        "roadmaps/<uuid:roadmap_id>/publication/",
        PublicationViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="roadmap-publication",
    ),
    path(
        "roadmaps/<uuid:roadmap_id>/rating/",
        RatingViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="roadmap-rating",
    ),
    *router.urls,
]
