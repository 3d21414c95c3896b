"""Routes of the forum app, below /api/v1/."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from forum.views import CategoryViewSet, PostViewSet, ReportViewSet, SanctionViewSet, ThreadViewSet

router = SimpleRouter(use_regex_path=False)
router.register("forum/categories", CategoryViewSet, basename="category")
router.register("forum/threads", ThreadViewSet, basename="thread")
router.register("forum/posts", PostViewSet, basename="post")
router.register("forum/reports", ReportViewSet, basename="report")
router.register("forum/sanctions", SanctionViewSet, basename="sanction")

urlpatterns: list[URLPattern | URLResolver] = router.urls
