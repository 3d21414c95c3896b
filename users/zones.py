"""Which zone somebody's days are counted in, and which day it is there."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from users.models import Profile


def zone_of(user_id: UUID) -> str:
    """The IANA zone of the profile; UTC without a profile, or with a zone that this machine does not know."""
    return _known(Profile.objects.filter(user_id=user_id).values_list("time_zone", flat=True).first())


def today_of(user_id: UUID, *, now: datetime | None = None) -> date:
    """Today where they live: one query."""
    return today_in(zone_of(user_id), now=now)


def today_in(zone: str | None, *, now: datetime | None = None) -> date:
    """Today in this zone, in UTC where there is none or this machine does not know it."""
    return (now or timezone.now()).astimezone(ZoneInfo(_known(zone))).date()


def _known(zone: str | None) -> str:
    try:
        return ZoneInfo(zone or "UTC").key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
