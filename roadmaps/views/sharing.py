"""How others see a roadmap: publication, links, ratings, and the gallery."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from roadmaps.filters import GALLERY_ORDERINGS, GalleryFilter
from roadmaps.models import Publication, Roadmap, RoadmapListing, RoadmapRating, ShareLink
from roadmaps.serializers import (
    ForkInput,
    LinkQuery,
    NewShareLinkSerializer,
    PublicationInput,
    PublicationSerializer,
    RatingInput,
    RatingSerializer,
    RoadmapListingSerializer,
    RoadmapSerializer,
    SharedRoadmapSerializer,
    ShareLinkInput,
    ShareLinkSerializer,
    address_of,
)
from roadmaps.services import ForkService, PublicationService, RatingService, ShareLinkService, known_of
from roadmaps.shared_pages import resources_of, shown_roadmap
from roadmaps.views.grants import MEMBERS, OfOneRoadmap
from roadmaps.views.learners import LearnerViewSet
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.etags import check_if_match, etag_of
from skillbridge_backend.core.inputs import check_query
from skillbridge_backend.core.permissions import AllowAny
from skillbridge_backend.core.viewsets import ActionViewSet
from users.authentication import actor_of

LINK_EXAMPLE = OpenApiExample("Until summer", value={"expires_at": "2027-06-30T12:00:00Z"}, request_only=True)


class PublicationViewSet(ActionViewSet):
    """How one of the learner's roadmaps is shown."""

    scope_section = "roadmaps"
    queryset = Publication.objects.all()
    permissions: ClassVar = {"retrieve": MEMBERS, "partial_update": MEMBERS}
    serializers: ClassVar = {"retrieve": PublicationSerializer, "partial_update": PublicationInput}

    @extend_schema(responses=PublicationSerializer)
    def retrieve(self, request: Request, roadmap_id: UUID) -> Response:
        """Where the page, the picture and the badge of a roadmap are. 404 while it was never shared."""
        return self._shown(roadmap_id)

    @extend_schema(request=PublicationInput(partial=True), responses=PublicationSerializer)
    def partial_update(self, request: Request, roadmap_id: UUID) -> Response:
        """Change the language, or whether progress is shown. Who may read it is the visibility of the roadmap."""
        PublicationService().update(
            actor=actor_of(request),
            roadmap_id=roadmap_id,
            changes=self.valid_input(request, partial=True),
            check=partial(check_if_match, request),
        )
        return self._shown(roadmap_id)

    def _shown(self, roadmap_id: UUID) -> Response:
        found = self.get_queryset().select_related("roadmap__listing").filter(roadmap=roadmap_id).first()
        if found is None:
            raise NotFound("There is no such roadmap among yours, or it was never shared.")
        return self.tagged(found, PublicationSerializer)


class ShareLinkViewSet(OfOneRoadmap):
    """Links to one of the learner's unlisted roadmaps."""

    scope_section = "roadmaps"
    queryset = ShareLink.objects.all()
    lookup_value_converter = "uuid"
    replays = False  # an answer that is kept for a repeat would keep the token
    permissions: ClassVar = dict.fromkeys(("list", "create", "destroy"), MEMBERS)
    serializers: ClassVar = {"list": ShareLinkSerializer, "create": ShareLinkInput}

    @extend_schema(responses=ShareLinkSerializer(many=True))
    def list(self, request: Request, roadmap_id: UUID) -> Response:
        """All links, revoked and expired ones included, newest first."""
        return self.pages_of(self.get_queryset().filter(roadmap=roadmap_id), roadmap_id, ShareLinkSerializer)

    @extend_schema(request=ShareLinkInput, responses={201: NewShareLinkSerializer}, examples=[LINK_EXAMPLE])
    def create(self, request: Request, roadmap_id: UUID) -> Response:
        """Make a link to an unlisted roadmap. Its address is in this answer and nowhere else."""
        made = ShareLinkService().make(actor=actor_of(request), roadmap_id=roadmap_id, **self.valid_input(request))
        slug = Publication.objects.visible_to(request.user).get(roadmap=roadmap_id).slug
        page = f"{address_of(slug)}?k={made.token}"
        data: dict[str, Any] = {**ShareLinkSerializer(made.row).data, "page": page}
        return Response(data, status=201, headers={"ETag": etag_of(made.row)})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, roadmap_id: UUID, pk: UUID) -> Response:
        """Revoke a link: from this answer on nobody reads by it."""
        check = partial(check_if_match, request)
        ShareLinkService().revoke(actor=actor_of(request), roadmap_id=roadmap_id, link_id=pk, check=check)
        return Response(status=204)


class RatingViewSet(ActionViewSet):
    """What one thinks of a roadmap in the gallery."""

    scope_section = "roadmaps"
    queryset = RoadmapRating.objects.all()
    permissions: ClassVar = {"retrieve": MEMBERS, "update": MEMBERS, "destroy": MEMBERS}
    serializers: ClassVar = {"retrieve": RatingSerializer, "update": RatingInput}

    @extend_schema(responses=RatingSerializer)
    def retrieve(self, request: Request, roadmap_id: UUID) -> Response:
        """Your rating of a roadmap."""
        rating = self.get_queryset().filter(roadmap=roadmap_id).first()
        if rating is None:
            raise NotFound("You have not rated this roadmap.")
        return self.tagged(rating, RatingSerializer)

    @extend_schema(request=RatingInput, responses=RatingSerializer)
    def update(self, request: Request, roadmap_id: UUID) -> Response:
        """Rate a public roadmap of somebody else's, or change your rating."""
        value = self.valid_input(request)["value"]
        rating = RatingService().rate(actor=actor_of(request), roadmap_id=roadmap_id, value=value)
        return self.tagged(rating, RatingSerializer)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, roadmap_id: UUID) -> Response:
        """Take your rating back."""
        RatingService().withdraw(actor=actor_of(request), roadmap_id=roadmap_id)
        return Response(status=204)


class GalleryViewSet(ActionViewSet):
    """Public roadmaps."""

    scope_section = "catalogue"
    queryset = RoadmapListing.objects.all()
    filterset_class = GalleryFilter
    permissions: ClassVar = {"list": (AllowAny,), "retrieve": (AllowAny,)}
    serializers: ClassVar = {"list": RoadmapListingSerializer, "retrieve": SharedRoadmapSerializer}

    @property
    def page_ordering(self) -> tuple[str, ...]:
        """As asked."""
        return GALLERY_ORDERINGS.get(self.request.query_params.get("ordering", ""), ("-id",))

    @extend_schema(responses=RoadmapListingSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Roadmaps that everybody may read, newest first or best rated first; `page` is where."""
        listed = RoadmapListing.objects.visible_to(request.user).with_details()
        return self.page_of(self.filter_queryset(listed), RoadmapListingSerializer)

    @extend_schema(parameters=[LinkQuery], responses=SharedRoadmapSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """What its page shows, of a public roadmap or by a link to an unlisted one; how much you know already, too."""
        shown = shown_roadmap(slug, check_query(LinkQuery, request).get("k", ""))
        if shown is None:
            raise NotFound("There is no such roadmap, or it is not open to you.")
        taught = [(module["skill_id"], module["to_level"]) for module in shown["modules"]]
        known = known_of(actor_of(request).pk, taught) if request.user.is_authenticated else None
        context = {"known": known, "resources": resources_of(shown)}
        return Response(SharedRoadmapSerializer(shown, context=context).data)


class SharedForkViewSet(LearnerViewSet):
    """Copies of what others share."""

    scope_section = "roadmaps"
    queryset = Roadmap.objects.all()
    permissions: ClassVar = {"create": MEMBERS}
    serializers: ClassVar = {"create": ForkInput}

    @extend_schema(parameters=[LinkQuery], request=ForkInput, responses={201: RoadmapSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Make a copy of your own, to be changed and followed; it knows where it is from."""
        token = check_query(LinkQuery, request).get("k", "")
        made = ForkService().fork(actor=actor_of(request), slug=slug, token=token, **self.valid_input(request))
        copy = Roadmap.objects.visible_to(request.user).with_modules().get(pk=made.pk)
        return self.tagged(copy, RoadmapSerializer, status=201, location=reverse("roadmap-detail", args=[copy.pk]))
