"""Query parameters of this app's lists."""

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from skillbridge_backend.core.errors import InvalidInput
from skillbridge_backend.core.filters import Filters
from users.availability import zones_sharing
from users.models import HIGHEST_LEVEL, Profile
from users.querysets import ProfileQuerySet
from users.regions import TIME_ZONES

MOST_SKILLS = 10
MOST_SHARED_HOURS = 14
SHARED_HOURS = "hours of a day on which it is from 08:00 to 22:00 in both zones, at least; UTC without `zone`"


class MentorFilter(Filters):
    """`?skills=python:3,git&skills_match=all&language=de&zone=Europe/Berlin&shared_hours=8`."""

    skill = filters.CharFilter(method="with_skill", help_text="slug or any way in which people write it")
    skills = filters.CharFilter(
        method="with_skills", help_text="at most ten of them by commas, each with its least level: `python:3,git`"
    )
    skills_match = filters.ChoiceFilter(
        method="with_nothing_more", choices=[("all", "every skill"), ("any", "one or more")], help_text="default: all"
    )
    language = filters.CharFilter(method="with_language", help_text="ISO 639-1")
    country = filters.CharFilter(field_name="country", lookup_expr="iexact", help_text="ISO 3166-1 alpha-2")
    zone = filters.CharFilter(method="with_known_zone", help_text="IANA name of one's own, for `shared_hours`")
    shared_hours = filters.NumberFilter(
        method="with_shared_hours",
        min_value=1,
        max_value=MOST_SHARED_HOURS,
        help_text=SHARED_HOURS,
    )

    class Meta:
        model = Profile
        fields: list[str] = []

    def with_skill(self, queryset: ProfileQuerySet, name: str, value: str) -> ProfileQuerySet:
        """Those who have it; for a skill that the catalogue does not know, `MentorViewSet` says so."""
        return queryset.knowing(value)

    def with_skills(self, queryset: ProfileQuerySet, name: str, value: str) -> ProfileQuerySet:
        """Those who have all of them, or any, at the levels given or above."""
        wanted = wanted_skills(value)
        if self.form.cleaned_data.get("skills_match") == "any":
            return queryset.knowing_any(wanted)
        for text, level in wanted.items():
            queryset = queryset.knowing(text, level=level)
        return queryset

    def with_language(self, queryset: QuerySet[Profile], name: str, value: str) -> QuerySet[Profile]:
        """Those who speak it."""
        return queryset.filter(languages__contains=[value.lower()])

    @extend_schema_field({"type": "number", "minimum": 1, "maximum": MOST_SHARED_HOURS, "description": SHARED_HOURS})
    def with_shared_hours(self, queryset: QuerySet[Profile], name: str, value: int) -> QuerySet[Profile]:
        """Those in a zone that is awake for so long while the asking one is, as clocks are today."""
        zone = self.form.cleaned_data.get("zone") or "UTC"
        return queryset.filter(time_zone__in=zones_sharing(zone, minutes=round(value * 60), at=timezone.now()))

    def with_known_zone(self, queryset: QuerySet[Profile], name: str, value: str) -> QuerySet[Profile]:
        """All of them; it is asked before `shared_hours` looks at it."""
        if value not in TIME_ZONES:
            raise InvalidInput.of("zone", "Write an IANA time zone, such as Europe/Berlin.")
        return queryset

    def with_nothing_more(self, queryset: QuerySet[Profile], name: str, value: str) -> QuerySet[Profile]:
        """All of them: it says how another parameter is meant."""
        return queryset


def wanted_skills(value: str) -> dict[str, int]:
    """Each text of `python:3,git` with its least level, or 0. Raises InvalidInput, naming the element."""
    parts = value.split(",")
    if len(parts) > MOST_SKILLS:
        raise InvalidInput.of("skills", f"Name at most {MOST_SKILLS} skills.")
    wanted: dict[str, int] = {}
    for position, part in enumerate(parts):
        text, colon, level = part.strip().rpartition(":")
        text, level = (text.strip(), level.strip()) if colon else (part.strip(), "0")
        if not text:
            raise InvalidInput.of(f"skills[{position}]", "Name a skill, such as python or python:3.")
        if not (level.isascii() and level.isdigit() and int(level[:4]) <= HIGHEST_LEVEL):
            raise InvalidInput.of(f"skills[{position}]", f"Write a level from 0 to {HIGHEST_LEVEL} after the colon.")
        if text in wanted:
            raise InvalidInput.of(f"skills[{position}]", f"{text} is there twice.", code="duplicate_skill")
        wanted[text] = int(level)
    return wanted
