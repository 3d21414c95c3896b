"""Routes of the tests of core: one small resource on the base viewset, and views that fail in each way."""

from typing import Any

from django.db import OperationalError
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from skillbridge_backend.core import errors
from skillbridge_backend.core.errors import FieldError
from skillbridge_backend.core.etags import check_if_match
from skillbridge_backend.core.pagination import CursorPages
from skillbridge_backend.core.permissions import AllowAny, IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet
from skillbridge_backend.urls import urlpatterns as real_urlpatterns
from users.models import Track


class LevelSerializer(serializers.Serializer[Any]):
    skill = serializers.CharField()
    level = serializers.IntegerField(min_value=0, max_value=5)


class TrackSerializer(serializers.ModelSerializer[Track]):
    levels = LevelSerializer(many=True, required=False, write_only=True)

    class Meta:
        model = Track
        fields = ["slug", "name", "levels"]


class TrackViewSet(ActionViewSet):
    queryset = Track.objects.all()
    pagination_class = CursorPages
    lookup_field = "slug"
    permissions = {
        "list": (AllowAny,),
        "retrieve": (AllowAny,),
        "create": (IsAuthenticated,),
        "partial_update": (IsAuthenticated,),
    }
    serializers = {"create": TrackSerializer, "partial_update": TrackSerializer}

    def list(self, request: Request) -> Response:
        return self.page_of(self.get_queryset(), TrackSerializer)

    def retrieve(self, request: Request, slug: str) -> Response:
        return self.tagged(self.get_object(), TrackSerializer)

    def create(self, request: Request) -> Response:
        """Answers without writing: people may not create tracks, and what is tested here is the answer."""
        data = self.valid_input(request)
        data.pop("levels", None)
        return Response(data, status=201, headers={"Location": f"/tracks/{data['slug']}/"})

    def partial_update(self, request: Request, slug: str) -> Response:
        track = self.get_object()
        check_if_match(request, track)
        return self.tagged(track, TrackSerializer)

    def destroy(self, request: Request, slug: str) -> Response:
        return Response(status=204)


class FailingViewSet(ActionViewSet):
    queryset = Track.objects.all()
    permissions = {"list": (AllowAny,)}

    def list(self, request: Request) -> Response:
        match request.query_params.get("with"):
            case "domain":
                raise errors.Conflict("No.", errors=[FieldError("a", "b", "c")], headers={"X-Hint": "1"}, extra=5)
            case "database":
                raise OperationalError("the connection is closed")
            case "bug":
                raise ZeroDivisionError
        raise errors.RateLimited(headers={"Retry-After": "7"})


router = SimpleRouter()
router.register("tracks", TrackViewSet, basename="track")
router.register("failing", FailingViewSet, basename="failing")

urlpatterns = [path("test/", include(router.urls)), *real_urlpatterns]
handler400 = "skillbridge_backend.core.problems.bad_request"
handler403 = "skillbridge_backend.core.problems.forbidden"
handler404 = "skillbridge_backend.core.problems.not_found"
handler500 = "skillbridge_backend.core.problems.server_error"
