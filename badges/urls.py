"""Routes of the badges app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from badges.views import AwardViewSet, BadgeViewSet, LeaderboardView, PersonAwardViewSet, PointsViewSet

router = SimpleRouter(use_regex_path=False)
router.register("badges", BadgeViewSet, "badge")
router.register("awards", AwardViewSet, "award")
router.register("points", PointsViewSet, "points")
router.register("users/<slug:handle>/awards", PersonAwardViewSet, "person-award")

urlpatterns: list[URLPattern | URLResolver] = [
    path("leaderboard/", LeaderboardView.as_view(), name="leaderboard"),
    *router.urls,
]
