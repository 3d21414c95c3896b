"""Query parameters of this app's lists."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from skillbridge_backend.core.errors import FieldError, InvalidInput
from skillbridge_backend.core.filters import Filters
from users.availability import zones_sharing
from users.models import HIGHEST_LEVEL, MentorListing, Skill
from users.querysets import MentorListingQuerySet
from users.regions import LANGUAGES, TIME_ZONES, ZONE_OF_COUNTRY
from users.services.profiles import unknown_skill_message

MOST_SKILLS = 10
MOST_SHARED_HOURS = 14
SHARED_HOURS = "hours of a day on which it is from 08:00 to 22:00 in both zones, at least; UTC without `zone`"
LEAST_RATING = "mean of at least three ratings, 1 to 5"
LONGEST_SEARCH = 200
ORDERINGS = {
    "newest": ("-profile_id",),
    "rating": ("-by_rating",),
    "answer_time": ("by_answer_time",),
    "relevance": ("-relevance",),
}
"""What each `ordering` sorts by; each of these columns is unique."""
_LEVELS = frozenset(map(str, range(HIGHEST_LEVEL + 1)))
_YES_OR_NO = [("true", "those"), ("false", "the others")]


class MentorFilter(Filters):
    """`?q=compilers&skills=python:3,git&language=de&zone=Europe/Berlin&shared_hours=8&least_rating=4.5`."""

    q = filters.CharFilter(
        method="with_words",
        max_length=LONGEST_SEARCH,
        help_text='words in name, headline, skills or bio: `"web apps" or django -php`',
    )
    skill = filters.CharFilter(method="with_skill", help_text="slug or any way in which people write it")
    skills = filters.CharFilter(
        method="with_skills", help_text="at most ten of them by commas, each with its least level: `python:3,git`"
    )
    skills_match = filters.ChoiceFilter(
        method="with_nothing_more", choices=[("all", "every skill"), ("any", "one or more")], help_text="default: all"
    )
    language = filters.CharFilter(method="with_language", help_text="ISO 639-1")
    country = filters.CharFilter(method="of_country", help_text="ISO 3166-1 alpha-2")
    zone = filters.CharFilter(method="with_known_zone", help_text="IANA name of one's own, for `shared_hours`")
    shared_hours = filters.NumberFilter(
        method="with_shared_hours",
        min_value=1,
        max_value=MOST_SHARED_HOURS,
        help_text=SHARED_HOURS,
    )
    least_rating = filters.NumberFilter(method="with_least_rating", min_value=1, max_value=5, help_text=LEAST_RATING)
    has_capacity = filters.ChoiceFilter(
        method="with_capacity", choices=_YES_OR_NO, help_text="true: can take one more learner now"
    )
    responsive = filters.ChoiceFilter(
        method="answering",
        choices=_YES_OR_NO,
        help_text="true: answered 80 % of three requests or more in 180 days, and within 48 hours at the median",
    )
    ordering = filters.ChoiceFilter(
        method="with_nothing_more",
        choices=[(name, name.replace("_", " ")) for name in ORDERINGS],
        help_text="`relevance`, of the 400 who match and came to the list last, where there is `q`; else `newest`",
    )

    class Meta:
        model = MentorListing
        fields: list[str] = []

    @property
    def chosen_ordering(self) -> str:
        """The ordering asked for, or the one that fits. Raises InvalidInput for relevance to nothing."""
        words = self.form.cleaned_data.get("q")
        chosen: str = self.form.cleaned_data.get("ordering") or ("relevance" if words else "newest")
        if chosen == "relevance" and not words:
            raise InvalidInput.of("ordering", "Say in q what it should be relevant to, or order by newest.")
        return chosen

    def with_words(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who have these words."""
        return queryset.matching(value)

    def with_skill(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who have it, at whatever level: asked with those of `skills`, which names it first."""
        return queryset.knowing({self._slugs()[value]: 0})

    def with_skills(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who have all of them, or any, at the levels given or above."""
        slugs, levels = self._slugs(), wanted_skills(value)
        wanted = {slugs[text]: level for text, level in levels.items() if text in slugs}
        is_any = self.form.cleaned_data.get("skills_match") == "any"
        return queryset.knowing_any(wanted) if is_any else queryset.knowing(wanted)

    def with_language(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who speak it."""
        if value.lower() not in LANGUAGES:
            raise InvalidInput.of("language", "Write a language as in ISO 639-1, such as de.")
        return queryset.filter(languages__contains=[value.lower()])

    def of_country(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who live there."""
        if value.upper() not in ZONE_OF_COUNTRY:
            raise InvalidInput.of("country", "Write a country's two letters as in ISO 3166-1, such as DE.")
        return queryset.living_in(value.upper())

    @extend_schema_field({"type": "number", "minimum": 1, "maximum": MOST_SHARED_HOURS, "description": SHARED_HOURS})
    def with_shared_hours(self, queryset: MentorListingQuerySet, name: str, value: Decimal) -> MentorListingQuerySet:
        """Those in a zone that is awake for so long while the asking one is, as clocks are today."""
        zone = self.form.cleaned_data.get("zone") or "UTC"
        return queryset.filter(time_zone__in=zones_sharing(zone, minutes=round(value * 60), at=timezone.now()))

    def with_known_zone(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """All of them; it is asked before `shared_hours` looks at it."""
        if value not in TIME_ZONES:
            raise InvalidInput.of("zone", "Write an IANA time zone, such as Europe/Berlin.")
        return queryset

    @extend_schema_field({"type": "number", "minimum": 1, "maximum": 5, "description": LEAST_RATING})
    def with_least_rating(self, queryset: MentorListingQuerySet, name: str, value: Decimal) -> MentorListingQuerySet:
        """Those with this mean or a better one."""
        return queryset.rated(value)

    def with_capacity(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who can take one more, or those who cannot."""
        return queryset.with_capacity(is_wanted=value == "true")

    def answering(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """Those who answer, and soon, or the others."""
        return queryset.responsive(is_wanted=value == "true")

    def with_nothing_more(self, queryset: MentorListingQuerySet, name: str, value: str) -> MentorListingQuerySet:
        """All of them: it says how another parameter is meant, or in which order they come."""
        return queryset

    def _slugs(self) -> dict[str, str]:
        """Slug of each skill that the request names. Raises InvalidInput for those that the catalogue does not know.

        With `skills_match=any` unknown ones are passed over, if one of them is known. One query, whatever is named.
        """
        if not hasattr(self, "_slugs_by_text"):
            given = self.form.cleaned_data
            places = {"skill": given["skill"]} if given["skill"] else {}
            several = wanted_skills(given["skills"]) if given["skills"] else {}
            slugs = Skill.objects.all().slugs_of([*places.values(), *several])
            if given["skills_match"] != "any" or not slugs.keys() & several.keys():
                places |= {f"skills[{position}]": text for position, text in enumerate(several)}
            _refuse_unknown(places, slugs)
            self._slugs_by_text = slugs
        return self._slugs_by_text


def _refuse_unknown(places: Mapping[str, str], known: Iterable[str]) -> None:
    """InvalidInput that names the place of each text that no skill is called by, and what is close to it."""
    errors = [
        FieldError(place, "unknown_skill", unknown_skill_message(text))
        for place, text in places.items()
        if text not in known
    ]
    if errors:
        raise InvalidInput("The catalogue does not know these skills; see errors.", errors=errors)


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
        if level not in _LEVELS:
            raise InvalidInput.of(f"skills[{position}]", f"Write a level from 0 to {HIGHEST_LEVEL} after the colon.")
        if text in wanted:
            raise InvalidInput.of(f"skills[{position}]", f"{text} is there twice.", code="duplicate_skill")
        wanted[text] = int(level)
    return wanted
