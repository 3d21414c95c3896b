"""Routes of the notifications app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from notifications.views import NotificationViewSet, PreferenceViewSet, UnsubscribeView

router = SimpleRouter(use_regex_path=False)
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path(
        "notification-preferences/",
        PreferenceViewSet.as_view({"get": "list", "put": "replace"}),
        name="notification-preferences",
    ),
    path("notification-preferences/unsubscribe/", UnsubscribeView.as_view(), name="unsubscribe"),
]
