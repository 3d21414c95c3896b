"""Routes of the progress app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from progress.views import (
    EffortView,
    GitHubWebhookView,
    ProgressLogViewSet,
    RepositoryViewSet,
    StatisticsView,
    StreakView,
    WebhookDeliveryViewSet,
)

router = SimpleRouter(use_regex_path=False)
router.register("progress/log", ProgressLogViewSet, "progress-log")
router.register("progress/repositories", RepositoryViewSet, "repository")
router.register("progress/deliveries", WebhookDeliveryViewSet, "webhook-delivery")

urlpatterns: list[URLPattern | URLResolver] = [
    path("progress/roadmaps/<uuid:roadmap_id>/", EffortView.as_view(), name="progress-effort"),
    path("progress/streak/", StreakView.as_view(), name="progress-streak"),
    path("progress/stats/", StatisticsView.as_view(), name="progress-stats"),
    path("webhooks/github/<uuid:repository_id>/", GitHubWebhookView.as_view(), name="webhook-github"),
    *router.urls,
]
