"""Query parameters of this app's lists."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from users.models import Profile
from users.querysets import ProfileQuerySet


class MentorFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Mentors by skill, language and country."""

    skill = filters.CharFilter(method="with_skill", help_text="slug or any way in which people write it")
    language = filters.CharFilter(method="with_language", help_text="ISO 639-1")
    country = filters.CharFilter(field_name="country", lookup_expr="iexact", help_text="ISO 3166-1 alpha-2")

    class Meta:
        model = Profile
        fields: list[str] = []

    def with_skill(self, queryset: ProfileQuerySet, name: str, value: str) -> ProfileQuerySet:
        """Those who have it; for a skill that the catalogue does not know, `MentorViewSet` says so."""
        return queryset.knowing(value)

    def with_language(self, queryset: QuerySet[Profile], name: str, value: str) -> QuerySet[Profile]:
        """Those who speak it."""
        return queryset.filter(languages__contains=[value.lower()])
