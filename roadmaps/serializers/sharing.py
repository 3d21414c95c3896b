"""The shape of publications, links, ratings and the gallery."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from roadmaps.enums import ModuleStatus
from roadmaps.models import HIGHEST_RATING, LEAST_RATING, Publication, RoadmapListing, RoadmapRating, ShareLink
from roadmaps.serializers.grants import GrantPersonSerializer
from roadmaps.serializers.plans import ResourceSerializer
from users.models import Track


def address_of(slug: str, route: str = "shared-roadmap") -> str:
    """The whole address of a page or picture of a roadmap."""
    return f"{settings.PUBLIC_URL}{reverse(route, args=[slug])}"


class PublicationInput(serializers.Serializer[Any]):
    """How a roadmap is shown."""

    language = serializers.RegexField(r"^[a-z]{2,3}$", help_text="ISO 639, of its texts")
    shows_progress = serializers.BooleanField(help_text="whether readers see it, and there is a badge")


class PublicationSerializer(serializers.ModelSerializer[Publication]):
    """How a roadmap is shown, and where. Links to an unlisted one end in `?k=` and their token."""

    visibility = serializers.CharField(source="roadmap.visibility", read_only=True)
    page = serializers.SerializerMethodField(help_text="its page, for whoever has the link or for everybody")
    picture = serializers.SerializerMethodField(help_text="what previews of links show")
    badge = serializers.SerializerMethodField(help_text="the progress as SVG; null where it is not shown")
    rating_count = serializers.SerializerMethodField()
    rating_mean = serializers.SerializerMethodField(help_text="1 to 5; null before the first rating")

    class Meta:
        model = Publication
        fields = [
            "roadmap", "slug", "visibility", "language", "shows_progress", "taken_down_at", "page", "picture", "badge",
            "rating_count", "rating_mean", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_page(self, publication: Publication) -> str:
        """Absolute."""
        return address_of(publication.slug)

    def get_picture(self, publication: Publication) -> str:
        """Absolute."""
        return address_of(publication.slug, "shared-roadmap-picture")

    def get_badge(self, publication: Publication) -> str | None:
        """Absolute."""
        return address_of(publication.slug, "shared-roadmap-badge") if publication.shows_progress else None

    def get_rating_count(self, publication: Publication) -> int:
        """0 outside of the gallery."""
        listing = self._listing(publication)
        return listing.rating_count if listing else 0

    def get_rating_mean(self, publication: Publication) -> float | None:
        """None outside of the gallery."""
        listing = self._listing(publication)
        return float(listing.rating_mean) if listing and listing.rating_mean is not None else None

    @staticmethod
    def _listing(publication: Publication) -> RoadmapListing | None:
        return getattr(publication.roadmap, "listing", None)


class ShareLinkInput(serializers.Serializer[Any]):
    """Until when a link holds."""

    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="it does not when absent")


class ShareLinkSerializer(serializers.ModelSerializer[ShareLink]):
    """A link to an unlisted roadmap. `hint` is how its token ends."""

    class Meta:
        model = ShareLink
        fields = ["id", "roadmap", "hint", "expires_at", "revoked_at", "created_at"]
        read_only_fields = fields


class NewShareLinkSerializer(ShareLinkSerializer):
    """The same, with its address, which nobody can be shown again."""

    page = serializers.CharField(read_only=True, help_text="shown this once")

    class Meta(ShareLinkSerializer.Meta):
        fields = [*ShareLinkSerializer.Meta.fields, "page"]
        read_only_fields = fields


class RatingInput(serializers.Serializer[Any]):
    """What one thinks of a roadmap."""

    value = serializers.IntegerField(min_value=LEAST_RATING, max_value=HIGHEST_RATING)


class RatingSerializer(serializers.ModelSerializer[RoadmapRating]):
    """One's own rating."""

    class Meta:
        model = RoadmapRating
        fields = ["roadmap", "value", "created_at", "updated_at"]
        read_only_fields = fields


class ListedTrackSerializer(serializers.ModelSerializer[Track]):
    """A track by its name."""

    class Meta:
        model = Track
        fields = ["slug", "name"]
        read_only_fields = fields


class RoadmapListingSerializer(serializers.ModelSerializer[RoadmapListing]):
    """A public roadmap in the gallery."""

    id = serializers.UUIDField(source="roadmap_id", read_only=True, help_text="of the roadmap")
    track = ListedTrackSerializer(allow_null=True)
    author = serializers.SerializerMethodField(help_text="null where their profile is not public")
    rating_mean = serializers.FloatField(allow_null=True)
    page = serializers.SerializerMethodField()

    class Meta:
        model = RoadmapListing
        fields = [
            "id", "slug", "page", "title", "goal_text", "track", "language", "hours_per_week", "weeks", "author",
            "is_template", "rating_count", "rating_mean",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(GrantPersonSerializer(allow_null=True))
    def get_author(self, listing: RoadmapListing) -> Any:
        """Handle and name."""
        return listing.author_shown

    def get_page(self, listing: RoadmapListing) -> str:
        """Absolute."""
        return address_of(listing.slug)


class KnownSerializer(serializers.Serializer[Any]):
    """How much of a roadmap its reader knows already: modules about skills of the catalogue, and how many of those."""

    known = serializers.IntegerField()
    modules = serializers.IntegerField()
    in_words = serializers.CharField()


class SharedModuleSerializer(serializers.Serializer[Any]):
    """A module as others see it. `status` is null unless its owner shows their progress."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    skill = serializers.CharField(allow_null=True, help_text="its name")
    from_level = serializers.IntegerField()
    to_level = serializers.IntegerField()
    estimated_minutes = serializers.IntegerField(source="minutes")
    starts_week = serializers.IntegerField(allow_null=True)
    ends_week = serializers.IntegerField(allow_null=True)
    milestone = serializers.CharField()
    status = serializers.ChoiceField(choices=ModuleStatus.choices, allow_null=True)
    requires = serializers.ListField(child=serializers.UUIDField())
    resources = serializers.SerializerMethodField()

    @extend_schema_field(ResourceSerializer(many=True))
    def get_resources(self, module: Any) -> Any:
        """The best few of its skill."""
        return ResourceSerializer(self.context["resources"].get(module["skill_id"], ()), many=True).data


class SharedRoadmapSerializer(serializers.Serializer[Any]):
    """A roadmap as others see it. `progress` is null unless its owner shows it, `known` unless one is logged in."""

    slug = serializers.CharField()
    title = serializers.CharField()
    goal_text = serializers.CharField(source="goal")
    language = serializers.CharField()
    track = serializers.CharField(allow_null=True, help_text="its name")
    hours_per_week = serializers.IntegerField()
    weeks = serializers.IntegerField()
    is_template = serializers.BooleanField()
    author = GrantPersonSerializer(allow_null=True)
    progress = serializers.FloatField(allow_null=True)
    known = serializers.SerializerMethodField(help_text="how much of it the reader knows already")
    modules = SharedModuleSerializer(many=True)

    @extend_schema_field(KnownSerializer(allow_null=True))
    def get_known(self, roadmap: Any) -> Any:
        """Without following it."""
        if self.context["known"] is None:
            return None
        known, modules = self.context["known"]
        return {"known": known, "modules": modules, "in_words": f"You already know {known} of {modules}."}
