"""Query parameters of this app's lists."""

from django_filters import rest_framework as filters

from forum.enums import ReportState
from forum.models import ForumPost, Report, Sanction
from forum.querysets import ForumPostQuerySet, SanctionQuerySet
from skillbridge_backend.core.filters import Filters


class ThreadFilter(Filters):
    """`?category=careers&unanswered=true&q="left join"&mine=true`."""

    category = filters.CharFilter(field_name="category__slug", help_text="slug")
    unanswered = filters.BooleanFilter(method="filter_unanswered", help_text="true: nobody replied yet")
    solved = filters.BooleanFilter(method="filter_solved")
    mine = filters.BooleanFilter(method="filter_mine", help_text="true: opened by me, or I wrote in it")
    q = filters.CharFilter(method="filter_words", help_text='words in the thread or its replies: "a b" or c -d')

    class Meta:
        model = ForumPost
        fields = ["category", "unanswered", "solved", "mine", "q"]

    def filter_unanswered(self, queryset: ForumPostQuerySet, name: str, value: bool) -> ForumPostQuerySet:
        """By whether anybody replied."""
        return queryset.unanswered() if value else queryset.filter(reply_count__gt=0)

    def filter_solved(self, queryset: ForumPostQuerySet, name: str, value: bool) -> ForumPostQuerySet:
        """By whether a reply is the solution."""
        return queryset.solved() if value else queryset.unsolved()

    def filter_mine(self, queryset: ForumPostQuerySet, name: str, value: bool) -> ForumPostQuerySet:
        """Nobody has no threads."""
        user = self.request.user
        if not value:
            return queryset
        return queryset.of_participant(user.pk) if user.is_authenticated else queryset.none()

    def filter_words(self, queryset: ForumPostQuerySet, name: str, value: str) -> ForumPostQuerySet:
        """Full-text search."""
        return queryset.matching(value)


class ReportFilter(Filters):
    """`?state=open`."""

    state = filters.ChoiceFilter(choices=ReportState.choices)

    class Meta:
        model = Report
        fields = ["state"]


class SanctionFilter(Filters):
    """`?person=ada&active=true`."""

    person = filters.CharFilter(field_name="person__handle", help_text="handle")
    active = filters.BooleanFilter(method="filter_active", help_text="true: those that count now")

    class Meta:
        model = Sanction
        fields = ["person", "active"]

    def filter_active(self, queryset: SanctionQuerySet, name: str, value: bool) -> SanctionQuerySet:
        """By whether they count now."""
        return queryset.active() if value else queryset.exclude(pk__in=queryset.active().values("pk"))
