"""Which zone a learner's days are counted in."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from users.models import Profile, User


def zone_of(user: User) -> str:
    """The IANA zone of the profile; UTC without a profile, or with a zone that this machine does not know."""
    name = Profile.objects.filter(user=user).values_list("time_zone", flat=True).first() or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    return name
