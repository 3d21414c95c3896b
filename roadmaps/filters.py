"""Query parameters of the lists of this app."""

from django_filters import rest_framework as filters

from roadmaps.enums import RoadmapStatus
from roadmaps.models import Roadmap
from skillbridge_backend.core.filters import Filters


class RoadmapFilter(Filters):
    """`?status=` and `?track=` of the list of roadmaps."""

    status = filters.ChoiceFilter(choices=RoadmapStatus.choices)
    track = filters.CharFilter(field_name="track__slug", help_text="slug of the track")

    class Meta:
        model = Roadmap
        fields = ["status", "track"]
