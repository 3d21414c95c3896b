"""How long one waits for a mentor's answer, said before one asks. Reads and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from skillbridge_backend.core.errors import InvalidInput
from users.availability import zones_sharing
from users.models import Skill, User, WantedSkill
from users.regions import TIME_ZONES

LEAST_REQUESTS = 5
"""With fewer nothing is said: chance alone would speak."""
MOST_SKILLS = 10
SHARED_MINUTES = 6 * 60
"""Of the hours from 08:00 to 22:00, that mentors of the zone asked for share with it."""


@dataclass(frozen=True, slots=True)
class WaitingTime:
    """Of requests of the last 180 days to mentors who know the skill, answered or lapsed."""

    skill: str
    requests: int
    answered: int
    p50_minutes: int | None
    p90_minutes: int | None

    @property
    def has_enough_data(self) -> bool:
        """Whether there were LEAST_REQUESTS or more; else the times are None."""
        return self.requests >= LEAST_REQUESTS


class WaitingTimeService:
    """Estimates by skill and zone."""

    @staticmethod
    def of(*, actor: User, skills: Iterable[str] | None = None, zone: str = "") -> list[WaitingTime]:
        """A row for each of these skills, in their order; of MOST_SKILLS that the actor wants where none is named.

        With `zone`: of mentors with whom it shares six waking hours of the day. A request that lapsed counts as longer
        than any answer: a percentile that falls on one is None. InvalidInput names what is unknown.
        """
        own = WantedSkill.objects.filter(profile__user=actor).order_by("skill__slug")
        slugs = list(dict.fromkeys(skills or own.values_list("skill__slug", flat=True)[:MOST_SKILLS]))
        known = set(Skill.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        if unknown := [slug for slug in slugs if slug not in known]:
            raise InvalidInput.of("skills", f"The catalogue has no skill {unknown[0]!r}; see GET /api/v1/skills/.")
        if zone and zone not in TIME_ZONES:
            raise InvalidInput.of("zone", "Write it as the IANA time zone database does, such as Europe/Berlin.")
        zones = zones_sharing(zone, minutes=SHARED_MINUTES, at=timezone.now()) if zone else []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT slug, requests, answered, p50_minutes, p90_minutes"
                " FROM private.matches_waiting_times(%s, %s::text[])",
                [slugs, zones],
            )
            found = {row[0]: WaitingTime(*row) for row in cursor.fetchall()}
        return [_honest(found[slug]) for slug in slugs]


def _honest(time: WaitingTime) -> WaitingTime:
    if time.has_enough_data:
        return time
    return WaitingTime(time.skill, time.requests, time.answered, None, None)
