"""A client in words: the program and device that a User-Agent names, and the place of a network address.

Places come from a MaxMind database (GeoLite2 City or Country, or another one of that form) that the operator names in
GEOIP_DATABASE; without one, no place is known. Nothing is asked over the network.
"""

from functools import lru_cache

import maxminddb
from django.conf import settings
from ua_parser import parse


@lru_cache(maxsize=1024)
def device_of(user_agent: str) -> str:
    """Such as `Firefox on Linux` or `Mobile Safari on iPhone`; empty when the text names nothing that is known."""
    found = parse(user_agent)
    program = found.user_agent.family if found.user_agent else ""
    system = found.device.family if found.device else found.os.family if found.os else ""
    return f"{program} on {system}" if program and system else program or system


def place_of(ip_address: str | None) -> str:
    """Such as `Berlin, Germany`; empty when it is not known."""
    if not ip_address or not settings.GEOIP_DATABASE:
        return ""
    record = _database(settings.GEOIP_DATABASE).get(ip_address)
    if not isinstance(record, dict):
        return ""
    names = [_english_name(record.get(part)) for part in ("city", "country")]
    return ", ".join(name for name in names if name)


def country_of(ip_address: str | None) -> str:
    """ISO 3166-1 alpha-2; empty when it is not known."""
    if not ip_address or not settings.GEOIP_DATABASE:
        return ""
    record = _database(settings.GEOIP_DATABASE).get(ip_address)
    country = record.get("country") if isinstance(record, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else None
    return code if isinstance(code, str) else ""


def _english_name(part: object) -> str:
    names = part.get("names") if isinstance(part, dict) else None
    name = names.get("en") if isinstance(names, dict) else None
    return name if isinstance(name, str) else ""


@lru_cache(maxsize=1)
def _database(path: str) -> "maxminddb.Reader":
    return maxminddb.open_database(path)
