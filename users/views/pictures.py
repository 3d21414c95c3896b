"""One's own profile picture, and the files of everybody's."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from skillbridge_backend.core.permissions import IsAuthenticated
from skillbridge_backend.core.viewsets import ActionViewSet, OwnTransactions, ReadsThenCalls
from users.authentication import actor_of
from users.clients import client_of
from users.limits import PICTURE
from users.models import Picture
from users.pictures import CONTENT_TYPE
from users.serializers.pictures import PictureLinksSerializer, PictureUploadSerializer
from users.services import PictureService

KEPT_BY_CACHES = "public, max-age=86400, immutable"


class OwnPictureViewSet(ReadsThenCalls, ActionViewSet):
    """One's own profile picture."""

    scope_section = "profile"
    queryset = Picture.objects.all()
    parser_classes = (MultiPartParser,)
    permissions = {"update": (IsAuthenticated,), "destroy": (IsAuthenticated,)}
    serializers = {"update": PictureUploadSerializer}

    @extend_schema(
        operation_id="users_me_picture_update",
        request={"multipart/form-data": PictureUploadSerializer},
        responses=PictureLinksSerializer,
    )
    def update(self, request: Request) -> Response:
        """Makes this file, a JPEG, PNG, WebP or GIF of at most 5 MB, one's picture in the place of the one before.

        It is cut to a square and made anew: nothing but pixels is kept, no place, no camera, no colour profile.
        """
        actor = actor_of(request)
        PICTURE.count(str(actor.pk), client_of(request))
        file = self.valid_input(request)["picture"]
        return Response(PictureLinksSerializer(PictureService().replace(actor, file=file, size=file.size)).data)

    @extend_schema(operation_id="users_me_picture_destroy", responses={204: None})
    def destroy(self, request: Request) -> Response:
        """Removes one's picture. Harmless to repeat."""
        PictureService().remove(actor_of(request))
        return Response(status=204)


class PictureFileViewSet(OwnTransactions, ActionViewSet):
    """The files of pictures, for whoever has the address."""

    authentication_classes = ()
    queryset = Picture.objects.all()
    permissions = {"retrieve": (AllowAny,)}

    @extend_schema(
        operation_id="pictures_retrieve",
        parameters=[OpenApiParameter("which", str, OpenApiParameter.PATH, enum=("large", "small"))],
        responses={(200, "image/webp"): OpenApiTypes.BINARY},
        auth=[],
    )
    def retrieve(self, request: Request, name: str, which: str) -> FileResponse:
        """A picture. Its address is random and the only thing one needs; caches keep it for a day."""
        file = PictureService().open(name=name, which=which)
        response = FileResponse(file, filename="picture.webp", content_type=CONTENT_TYPE)
        response["Cache-Control"] = KEPT_BY_CACHES
        response["Cross-Origin-Resource-Policy"] = "cross-origin"  # pages of other sites show it too
        return response
