"""The public profile of anybody who opened theirs."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.viewsets import ActionViewSet
from users.models import Profile
from users.public_profiles import public_profile
from users.serializers.public_profiles import PublicProfileQuerySerializer, PublicProfileSerializer, shown


class PublicProfileViewSet(ActionViewSet):
    """People, as far as they opened their profile."""

    scope_section = "catalogue"
    queryset = Profile.objects.all()
    permissions = {"retrieve": (AllowAny,)}
    serializers = {"retrieve": PublicProfileSerializer}

    @extend_schema(
        operation_id="users_retrieve", parameters=[PublicProfileQuerySerializer], responses=PublicProfileSerializer
    )
    def retrieve(self, request: Request, handle: str) -> Response:
        """What its owner opened, to everybody or to members; parts that they did not are null.

        404 for a handle that nobody has and for a profile that is closed, alike.
        """
        asked = check_query(PublicProfileQuerySerializer, request)
        profile = public_profile(handle.lower())
        if profile is None:
            raise NotFound("It does not exist, or it is not yours to see.")
        zone = asked.get("zone") or self._own_zone(request, wanted=profile.slots is not None)
        week_of = asked.get("week_of") or timezone.now().astimezone(ZoneInfo(zone)).date()
        return Response(PublicProfileSerializer(shown(profile, zone=ZoneInfo(zone), week_of=week_of)).data)

    def _own_zone(self, request: Request, *, wanted: bool) -> str:
        if not (wanted and request.user.is_authenticated):
            return "UTC"
        own = Profile.objects.filter(user=request.user).values_list("time_zone", flat=True).first()
        return own or "UTC"
