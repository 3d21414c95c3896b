"""What a learner wants, as the matcher weighs it: from the level they have, rare skills more, and what implies them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection

IMPLIED_PERMILLE = 500
"""Who has a skill has half its level of each skill that it builds on, at least."""
MOST_RELATED = 100
"""Skills that may imply a wanted one; the contract takes no more."""
WEIGHTS = ((2000, 100), (500, 150), (100, 200), (20, 300), (0, 400))
"""What a level of a skill weighs that so many listed mentors know, or more."""
MOST_COUNTED = WEIGHTS[0][0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the catalogue and the list of mentors say of some skills, by slug."""

    names: Mapping[str, str]
    """Of these skills, and of those that imply them."""
    implied_by: Mapping[str, list[str]]
    weights: Mapping[str, int]

    @classmethod
    def of(cls, slugs: Iterable[str]) -> Self:
        """In one query; slugs that the catalogue does not know are left out."""
        names: dict[str, str] = {}
        implied_by: dict[str, list[str]] = {}
        weights: dict[str, int] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT slug, name, known_by, implied_by, implied_names"
                " FROM private.matches_sought(%s::text[], %s, %s)",
                [list(slugs), MOST_COUNTED, MOST_RELATED],
            )
            for slug, name, known_by, above, names_above in cursor.fetchall():
                names |= {slug: name, **dict(zip(above, names_above, strict=True))}
                implied_by[slug], weights[slug] = above, _weight(known_by)
        return cls(names, implied_by, weights)

    def wants(self, wanted: Mapping[str, int], own: Mapping[str, int]) -> list[dict[str, Any]]:
        """The contract's `wants`: levels to reach by slug, from one's own.

        What one has reached already is left out, unless one has reached all of it: then it is wanted from the start.
        """
        open_ones = {slug: level for slug, level in wanted.items() if own.get(slug, 0) < level}
        return [
            {
                "skill": slug,
                "level": level,
                "from": own.get(slug, 0) if open_ones else 0,
                "weight": self.weights[slug],
                "related": [{"skill": other, "permille": IMPLIED_PERMILLE} for other in self.implied_by[slug]],
            }
            for slug, level in sorted((open_ones or wanted).items())
        ]


def _weight(known_by: int) -> int:
    return next(weight for least, weight in WEIGHTS if known_by >= least)
