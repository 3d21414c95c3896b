"""Routes of the matches app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from matches.views import blocks, conversations, matches, rounds, statistics, suggestions

router = SimpleRouter(use_regex_path=False)
# Before `matches`, whose detail route would not take it: an id is a UUID.
router.register("matches/suggestions", suggestions.SuggestionViewSet, basename="match-suggestion")
router.register("matches/blocks", blocks.BlockViewSet, basename="block")
router.register("matches/waiting-times", suggestions.WaitingTimesViewSet, basename="waiting-time")
router.register("matches", matches.MatchViewSet, basename="match")
router.register("conversations", conversations.ConversationViewSet, basename="conversation")
router.register("sessions", matches.SessionViewSet, basename="session")
router.register("match-rounds", rounds.MatchRoundViewSet, basename="match-round")

urlpatterns: list[URLPattern | URLResolver] = [
    path("users/me/stats/", statistics.OwnStatisticsView.as_view(), name="me-stats"),
    *router.urls,
]
