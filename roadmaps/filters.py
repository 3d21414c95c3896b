"""Query parameters of the lists of this app."""

from django_filters import rest_framework as filters

from roadmaps.enums import RoadmapStatus
from roadmaps.models import Roadmap, RoadmapListing
from roadmaps.querysets import RoadmapListingQuerySet
from skillbridge_backend.core.filters import Filters

LONGEST_SEARCH = 200
GALLERY_ORDERINGS = {"newest": ("-id",), "rating": ("-by_rating",)}
"""What each `ordering` of the gallery sorts by; each of these columns is unique."""


class RoadmapFilter(Filters):
    """`?status=` and `?track=` of the list of roadmaps."""

    status = filters.ChoiceFilter(choices=RoadmapStatus.choices)
    track = filters.CharFilter(field_name="track__slug", help_text="slug of the track")

    class Meta:
        model = Roadmap
        fields = ["status", "track"]


class GalleryFilter(Filters):
    """`?track=backend-python&search=django&language=en&ordering=rating` of the gallery."""

    track = filters.CharFilter(field_name="track__slug", help_text="slug of the track")
    language = filters.CharFilter(help_text="ISO 639")
    search = filters.CharFilter(
        method="with_words", max_length=LONGEST_SEARCH, help_text='words in title or goal: `"web apps" or django -php`'
    )
    is_template = filters.BooleanFilter(help_text="true: the platform's own; false: people's")
    ordering = filters.ChoiceFilter(
        method="with_nothing_more",
        choices=[(name, name) for name in GALLERY_ORDERINGS],
        help_text="default: newest",
    )

    class Meta:
        model = RoadmapListing
        fields = ["track", "language"]

    def with_words(self, queryset: RoadmapListingQuerySet, _name: str, value: str) -> RoadmapListingQuerySet:
        """Those that have the words; all when there is none."""
        return queryset.matching(value) if value.strip() else queryset

    def with_nothing_more(self, queryset: RoadmapListingQuerySet, _name: str, _value: str) -> RoadmapListingQuerySet:
        """As they are: the view orders them."""
        return queryset
