"""The search for a mentor: what narrows it, what orders it, what is counted of it."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection, models
from django.db.models.functions import Cast, Concat, JSONObject, LPad
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from users.querysets.profiles import WallDate

if TYPE_CHECKING:
    from users.models import MentorListing, User

LEAST_REQUESTS = 3
"""Answered or lapsed requests of a mentor, before it is said how many they answer."""
LONGEST_QUICK_ANSWER_MINUTES = 48 * 60
MOST_RANKED = 500
"""Mentors of whom it is asked how well words fit them."""
MOST_COUNTED = 2000
"""Mentors of whom it is counted what they have."""
SEARCH_CONFIGURATION = "simple"
"""Of searches for mentors, who write in any language. `private.users_refresh_listings` must name the same."""

_FACETS = """
    WITH found AS MATERIALIZED ({found}), counted AS MATERIALIZED (SELECT * FROM found LIMIT {most})
    SELECT 'mentors', '', '', count(*) FROM found
    UNION ALL (
        SELECT 'skills', skill.slug, skill.name, count(*) FROM counted CROSS JOIN unnest(counted.skills) AS word
        JOIN users_skill AS skill ON skill.slug = word GROUP BY skill.slug, skill.name ORDER BY 4 DESC, 2 LIMIT 20
    ) UNION ALL (
        SELECT 'languages', language, '', count(*) FROM counted CROSS JOIN unnest(counted.languages) AS language
        GROUP BY language ORDER BY 4 DESC, 2 LIMIT 20
    ) UNION ALL (
        SELECT 'countries', country, '', count(*) FROM counted WHERE country <> ''
        GROUP BY country ORDER BY 4 DESC, 2 LIMIT 20
    )
"""


class _ToClock(models.Func):
    """A time as `18:30`."""

    template = "to_char(%(expressions)s, 'HH24:MI')"
    output_field = models.CharField()


class _ToUtc(models.Func):
    """A moment as `2026-11-20T10:00:00.000000Z`."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    output_field = models.CharField()


class _IsIn(models.Func):
    """Whether a day (first) is in one of the ranges of an array (second)."""

    template, arg_joiner = "(%(expressions)s))", " <@ ANY ("
    output_field = models.BooleanField()


class _BackOn(models.Func):
    """The first day in none of the ranges of an array (first) from this day on (second); null where that is in none."""

    template = """(
        SELECT upper(stretch) FROM (SELECT unnest(range_agg(one)) AS stretch FROM unnest(%(expressions)s <@ stretch
    )"""
    arg_joiner = ") AS one) AS merged WHERE "
    output_field = models.DateField()


class MentorListingQuerySet(models.QuerySet["MentorListing"]):
    """Mentors who are open for learners."""

    def visible_to(self, actor: "User | AnonymousUser") -> Self:
        """All, to everybody who is logged in."""
        return self if actor.is_authenticated else self.none()

    def not_on_leave(self) -> Self:
        """Without those who are away today, by the calendar where they live."""
        return self.filter(~models.Q(_IsIn(_today(), "away")))

    def with_details(self) -> Self:
        """What a list of mentors shows, in one query: `about`, `known_skills`, `weekly_slots`, as the API writes them.

        And `back_on`: the day on which a leave of today is over.

        Subqueries and no joins, for they are asked of a page and not of all that a search ranks.
        """
        about = apps.get_model("users", "Profile").objects.filter(pk=models.OuterRef("pk"))
        slots = apps.get_model("users", "AvailabilitySlot").objects.filter(profile=models.OuterRef("pk"))
        known = apps.get_model("users", "ProfileSkill").objects.filter(profile=models.OuterRef("pk"))
        person = JSONObject(
            id="user_id",
            handle="user__handle",
            display_name="user__display_name",
            picture="picture__name",
            headline="headline",
            bio="bio",
        )
        slot = JSONObject(weekday="weekday", starts_at=_ToClock("starts_at"), ends_at=_ToClock("ends_at"))
        skill = JSONObject(
            skill="skill__slug", name="skill__name", level="level", source="source", verified_at=_ToUtc("verified_at")
        )
        return self.annotate(
            about=models.Subquery(about.values(person=person)),
            weekly_slots=ArraySubquery(slots.order_by("weekday", "starts_at").values(slot=slot)),
            known_skills=ArraySubquery(known.order_by("-level", "skill__slug").values(known=skill)),
            back_on=_BackOn("away", _today()),
        )

    def knowing(self, slugs: Mapping[str, int]) -> Self:
        """Those who know all of these skills (slug → least level)."""
        return self.filter(skills__contains=_skill_words(slugs))

    def knowing_any(self, slugs: Mapping[str, int]) -> Self:
        """Those who know one of these skills (slug → least level) or more."""
        return self.filter(skills__overlap=_skill_words(slugs))

    def rated(self, least: Decimal) -> Self:
        """Those whose ratings, three or more, have this mean (1 to 5) or a better one."""
        # By the column that orders the list, so that its last page is found as quickly as the first.
        return self.filter(by_rating__gte=f"{math.ceil(least * 100):03d}")

    def with_capacity(self, *, is_wanted: bool = True) -> Self:
        """Those who can take one more learner, or those who cannot."""
        return self.filter(open_places__gt=0) if is_wanted else self.filter(open_places=0)

    def responsive(self, *, is_wanted: bool = True) -> Self:
        """Those who answer 80 % of their requests, of three or more, within 48 hours at the median; or the others."""
        answers_most = GreaterThanOrEqual(models.F("requests_answered") * 5, models.F("requests_decided") * 4)
        answers = models.Q(answers_most) & models.Q(
            by_answer_time__lt=f"{LONGEST_QUICK_ANSWER_MINUTES + 1:07d}", requests_decided__gte=LEAST_REQUESTS
        )
        return self.filter(answers if is_wanted else ~answers)

    def matching(self, words: str) -> Self:
        """Those who have these words in their name, headline, skills or bio, in web-search syntax (`"a b" or c -d`)."""
        return self.filter(search=_query_of(words))

    def by_relevance(self, words: str) -> Self:
        """The newest 500 of these, with `relevance` to order by: how well the words fit, and a tie is the newer's.

        No index knows how well words fit, so whoever is ranked is read: a bound keeps a common word from reading all.
        """
        newest = self.order_by("-profile").values("profile")[:MOST_RANKED]
        rank = Cast(SearchRank(models.F("search"), _query_of(words)) * 1_000_000, models.IntegerField())
        ranked: Self = apps.get_model("users", "MentorListing").objects.filter(pk__in=newest)
        return ranked.annotate(
            relevance=Concat(
                LPad(Cast(rank, models.CharField()), 9, models.Value("0")), Cast("profile", models.CharField())
            )
        )

    def facets(self) -> dict[str, Any]:
        """Of the newest 2,000 of these, how many have which skill, language and country, the twenty most frequent each.

        As `MentorFacetsSerializer` shows it. One query.
        """
        found = self.order_by("-profile").values("skills", "languages", "country")[: MOST_COUNTED + 1]
        statement, values = found.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(_FACETS.format(found=statement, most=MOST_COUNTED), values)
            rows = cursor.fetchall()
        counts: dict[str, list[dict[str, Any]]] = {"skills": [], "languages": [], "countries": []}
        mentors = 0
        for kind, value, name, count in rows:
            if kind == "mentors":
                mentors = count
            elif kind == "skills":
                counts[kind].append({"skill": value, "name": name, "count": count})
            else:
                counts[kind].append({"language" if kind == "languages" else "country": value, "count": count})
        return {"mentors": min(mentors, MOST_COUNTED), "is_complete": mentors <= MOST_COUNTED, **counts}


def _today() -> WallDate:
    """Today, by the calendar where the mentor lives."""
    return WallDate(models.F("time_zone"), models.Value(timezone.now(), output_field=models.DateTimeField()))


def _query_of(words: str) -> SearchQuery:
    return SearchQuery(words, config=SEARCH_CONFIGURATION, search_type="websearch")


def _skill_words(slugs: Mapping[str, int]) -> list[str]:
    """As `MentorListing.skills` has them: whoever has `python:3` has `python` and all levels between, too."""
    return [f"{slug}:{level}" if level else slug for slug, level in slugs.items()]
