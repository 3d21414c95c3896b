"""Routes of the admin process: Django admin and its health, on a port of their own."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from skillbridge_backend.core.health import live, ready

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
]
