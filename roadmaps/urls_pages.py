"""Pages and pictures of shared roadmaps, below /r/: for browsers, outside of the API."""

from django.urls import path

from roadmaps.views.pages import SharedBadgeView, SharedPictureView, SharedRoadmapView

urlpatterns = [
    path("<slug:slug>/", SharedRoadmapView.as_view(), name="shared-roadmap"),
    path("<slug:slug>/preview.png", SharedPictureView.as_view(), name="shared-roadmap-picture"),
    path("<slug:slug>/progress.svg", SharedBadgeView.as_view(), name="shared-roadmap-badge"),
]
