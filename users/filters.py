"""Query parameters of this app's lists."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from skillbridge_backend.core.errors import InvalidInput
from users.models import Profile, Skill
from users.services.profiles import unknown_skill_message


class MentorFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Mentors by skill, language and country."""

    skill = filters.CharFilter(method="with_skill", help_text="slug or any way in which people write it")
    language = filters.CharFilter(method="with_language", help_text="ISO 639-1")
    country = filters.CharFilter(field_name="country", lookup_expr="iexact", help_text="ISO 3166-1 alpha-2")

    class Meta:
        model = Profile
        fields: list[str] = []

    def with_skill(self, queryset: QuerySet[Profile], name: str, value: str) -> QuerySet[Profile]:
        """Those who have it. Raises InvalidInput for a skill that the catalogue does not know."""
        known = Skill.objects.all().by_text([value])
        if not known:
            raise InvalidInput.of(name, unknown_skill_message(value), code="unknown_skill")
        return queryset.filter(skills__skill=known[value])

    def with_language(self, queryset: QuerySet[Profile], name: str, value: str) -> QuerySet[Profile]:
        """Those who speak it."""
        return queryset.filter(languages__contains=[value.lower()])
