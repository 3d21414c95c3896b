"""Routes of the matches app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from matches import views

router = SimpleRouter(use_regex_path=False)
# Before `matches`, whose detail route would not take it: an id is a UUID.
router.register("matches/suggestions", views.SuggestionViewSet, basename="match-suggestion")
router.register("matches", views.MatchViewSet, basename="match")
router.register("conversations", views.ConversationViewSet, basename="conversation")
router.register("sessions", views.SessionViewSet, basename="session")
router.register("match-rounds", views.MatchRoundViewSet, basename="match-round")

urlpatterns: list[URLPattern | URLResolver] = [
    path("users/me/stats/", views.OwnStatisticsView.as_view(), name="me-stats"),
    *router.urls,
]
