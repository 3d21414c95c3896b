"""Zones for tests that hang on the calendar of one."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def elsewhere(now: datetime) -> tuple[str, date]:
    """A zone where it is tomorrow already, or still yesterday, by the calendar of UTC; and which day it is there."""
    zone = ZoneInfo("Pacific/Kiritimati" if now.hour >= 10 else "Pacific/Pago_Pago")
    day = now.astimezone(zone).date()
    assert day != now.date()
    return zone.key, day
