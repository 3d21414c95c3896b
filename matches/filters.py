"""Query parameters of lists."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from matches.enums import MatchStatus
from matches.models import MentorMatch
from skillbridge_backend.core.filters import Filters


class MatchFilter(Filters):
    """Matches by state, and by the side on which one is."""

    status = filters.MultipleChoiceFilter(choices=MatchStatus.choices)
    role = filters.ChoiceFilter(
        choices=[("learner", "as the learner"), ("mentor", "as the mentor")], method="on_my_side", label="my side"
    )

    class Meta:
        model = MentorMatch
        fields = ["status", "role"]

    def on_my_side(self, queryset: QuerySet[MentorMatch], name: str, value: str) -> QuerySet[MentorMatch]:
        """Those in which the actor has this role."""
        side: dict[str, Any] = {value: self.request.user}
        return queryset.filter(**side)
