"""Routes of the API process. Each app adds its own under /api/v1/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from skillbridge_backend.core.health import live, ready
from skillbridge_backend.core.metrics import metrics
from skillbridge_backend.core.views import ProblemKindsView, RootView

API_APPS = ("users", "roadmaps", "progress", "badges", "matches", "notifications", "forum")

urlpatterns = [
    path("api/v1/", RootView.as_view(), name="api-root"),
    path("api/v1/schema/", SpectacularAPIView.as_view(throttle_classes=()), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="schema", throttle_classes=()), name="docs"),
    path("api/v1/problems/", ProblemKindsView.as_view(), name="problems"),
    *(path("api/v1/", include(f"{app}.urls")) for app in API_APPS),
    path("r/", include("roadmaps.urls_pages")),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path(".well-known/", include("users.urls_well_known")),
]

handler400 = "skillbridge_backend.core.problems.bad_request"
handler403 = "skillbridge_backend.core.problems.forbidden"
handler404 = "skillbridge_backend.core.problems.not_found"
handler500 = "skillbridge_backend.core.problems.server_error"
