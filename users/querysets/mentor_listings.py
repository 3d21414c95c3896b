"""The search for a mentor: what narrows it, what orders it, what is counted of it."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat, JSONObject, LPad
from django.utils import timezone

from users.querysets.profiles import WallDate

if TYPE_CHECKING:
    from users.models import MentorListing, User

LEAST_REQUESTS = 3
"""Answered or lapsed requests of a mentor, before it is said how many they answer."""
MOST_RANKED = 400
"""Mentors of whom it is asked how well words fit them."""
MOST_COUNTED = 2000
"""Mentors of whom it is counted what they have."""
SEARCH_CONFIGURATION = "simple"
"""Of searches for mentors, who write in any language. `private.users_refresh_listings` must name the same."""

_WALK = """
    WITH RECURSIVE walk AS (
        SELECT last_value AS latest, last_value / 1024 + 1 AS below, 0::bigint AS count, {nothing}
        FROM users_mentorlisting_number
        UNION ALL
        SELECT walk.latest, walk.below - stretch.blocks, walk.count + step.count, {taken}
        FROM walk CROSS JOIN LATERAL (SELECT greatest(walk.latest + 1 - 1024 * walk.below, 0) AS numbers) AS passed
        CROSS JOIN LATERAL (
            SELECT max(blocks) AS blocks
            FROM unnest('{{1,2,4,8,16,32,64,128,256,512,1024}}'::bigint[]) AS blocks
            WHERE walk.below %% blocks = 0 AND (
                blocks = 1 OR 8 * (walk.count + 1) * (passed.numbers + 1024 * blocks) <= 9 * {most} * passed.numbers
            )
        ) AS stretch
        CROSS JOIN LATERAL ({step}) AS step
        WHERE walk.below > 0 AND walk.count < {most}
    )
"""
"""The latest `most` listings that match, from as little of the list as holds them.

No index finds words in the order of time, so whoever matches would be read to know who of them is latest. This goes
back from the latest number in stretches of which the index knows who is in them (`private.users_listing_traits`), in
blocks of 1,024: one block, and then as long ones as would hold an eighth too many at most if what comes were like what
was passed.
"""
_STRETCH = "ARRAY[stretch.blocks || ':' || walk.below / stretch.blocks - 1]::varchar(24)[]"
_RANKING = {
    "nothing": "NULL::text[] AS ranks",
    "taken": "step.ranks",
    "step": "SELECT count(*) AS count, array_agg(relevance) AS ranks FROM ({found} LIMIT {most} - walk.count) AS found",
}
_BEST = """
    {walk} SELECT right(rank, 36)::uuid FROM walk CROSS JOIN unnest(walk.ranks) AS rank
    WHERE {part} ORDER BY rank {direction} LIMIT %s
"""
_COUNTING = {
    "nothing": "NULL AS skills, NULL::text[] AS languages, NULL::text[] AS countries",
    "taken": "step.skills, step.languages, step.countries",
    "step": """
        WITH found AS MATERIALIZED ({found} LIMIT {most} - walk.count),
            counted AS (SELECT * FROM found LIMIT {most} - 1 - walk.count)
        SELECT (SELECT count(*) FROM found) AS count,
            (SELECT string_agg(array_to_string(skills, ' '), ' ') FROM counted) AS skills,
            (SELECT array_agg(language) FROM counted, unnest(languages) AS language) AS languages,
            (SELECT array_agg(country) FROM counted WHERE country <> '') AS countries
    """,
}
_FACETS = """
    {walk} SELECT 'mentors', '', '', max(count) FROM walk
    UNION ALL (
        SELECT 'skills', skill.slug, skill.name, count(*) FROM walk CROSS JOIN string_to_table(walk.skills, ' ') AS slug
        JOIN users_skill AS skill USING (slug) GROUP BY skill.slug, skill.name ORDER BY 4 DESC, 2 LIMIT 20
    ) UNION ALL (
        SELECT 'languages', language, '', count(*) FROM walk CROSS JOIN unnest(walk.languages) AS language
        GROUP BY language ORDER BY 4 DESC, 2 LIMIT 20
    ) UNION ALL (
        SELECT 'countries', country, '', count(*) FROM walk CROSS JOIN unnest(walk.countries) AS country
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

    country_sought = ""
    """On a walk they are found by the trait: the index on the column has them in the order of another list."""

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]  # the stubs leave it out
        clone.country_sought = self.country_sought
        return clone

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
        rated = self.filter(by_rating__gte=f"{math.ceil(least * 100):03d}")
        return rated.filter(traits__contains=[f"rated:{math.floor(least)}"]) if least >= 3 else rated

    def living_in(self, country: str) -> Self:
        """Those of this country (two letters)."""
        found = self.filter(country=country)
        found.country_sought = country
        return found

    def with_capacity(self, *, is_wanted: bool = True) -> Self:
        """Those who can take one more learner, or those who cannot."""
        return self.filter(open_places__gt=0) if is_wanted else self.filter(open_places=0)

    def responsive(self, *, is_wanted: bool = True) -> Self:
        """Those who answer 80 % of their requests, of three or more, within 48 hours at the median; or the others."""
        answers = models.Q(traits__contains=["answers"])
        return self.filter(answers if is_wanted else ~answers)

    def matching(self, words: str) -> Self:
        """Those who have these words in their name, headline, skills or bio, in web-search syntax (`"a b" or c -d`)."""
        return self.filter(search=_query_of(words))

    def by_relevance(self, words: str, *, position: str | None, is_backwards: bool, most: int) -> Self:
        """Of the 400 of these who came to the list last the `most` best behind a position, or before it, worst first.

        With `relevance` to order by: how well the words fit, and a tie is the newer profile's. No index knows how well
        words fit, so whoever is ranked is read: a bound keeps a common word from reading all.
        """
        walk, values = self.annotate(relevance=_relevance(words)).walked(["relevance"], _RANKING, MOST_RANKED)
        before, direction = (">", "ASC") if is_backwards else ("<", "DESC")
        part = "true" if position is None else f"rank {before} %s"
        statement = _BEST.format(walk=walk, part=part, direction=direction)
        values += [most] if position is None else [position, most]
        best = RawSQL(statement, values)  # noqa: S611  # made of Django's own SQL; what people write is among the values
        ranked: Self = apps.get_model("users", "MentorListing").objects.filter(pk__in=best)
        return ranked.annotate(relevance=_relevance(words))

    def facets(self) -> dict[str, Any]:
        """How many have which skill, language and country, of the 2,000 of these who came to the list last.

        The twenty most frequent of each, as `MentorFacetsSerializer` shows it. One query.
        """
        walk, values = self.walked(["skills", "languages", "country"], _COUNTING, MOST_COUNTED + 1)
        with connection.cursor() as cursor:
            cursor.execute(_FACETS.format(walk=walk), values)
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

    def walked(self, columns: Sequence[str], parts: Mapping[str, str], most: int) -> tuple[str, list[Any]]:
        """_WALK to the latest `most` of these, with its values."""
        found = self.filter(traits__contains=RawSQL(_STRETCH, []))  # noqa: S611  # a constant
        if self.country_sought:
            found = found.filter(traits__contains=[f"country:{self.country_sought}"])
        statement, values = found.order_by("-number").values(*columns).query.sql_with_params()
        step = parts["step"].format(found=statement, most=most)
        return _WALK.format(**{**parts, "step": step}, most=most), list(values)


def _today() -> WallDate:
    """Today, by the calendar where the mentor lives."""
    return WallDate(models.F("time_zone"), models.Value(timezone.now(), output_field=models.DateTimeField()))


def _relevance(words: str) -> Concat:
    rank = Cast(SearchRank(models.F("search"), _query_of(words)) * 1_000_000, models.IntegerField())
    return Concat(LPad(Cast(rank, models.CharField()), 9, models.Value("0")), Cast("profile", models.CharField()))


def _query_of(words: str) -> SearchQuery:
    return SearchQuery(words, config=SEARCH_CONFIGURATION, search_type="websearch")


def _skill_words(slugs: Mapping[str, int]) -> list[str]:
    """As `MentorListing.skills` has them: whoever has `python:3` has `python` and all levels between, too."""
    return [f"{slug}:{level}" if level else slug for slug, level in slugs.items()]
