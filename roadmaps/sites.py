"""Which hosts are one far side: politeness counts by site, for a wildcard in a name server makes hosts without end.

Only names are looked at. It is a guess without the Public Suffix List, whose errors are harmless: people who share a
site's name wait for one another, or two hosts of one site have a turn each.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

SECOND_LEVELS = frozenset(
    {
        "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "govt", "gv", "id", "ltd", "me", "mil", "ne",
        "net", "nhs", "nom", "or", "org", "plc", "sch", "web",
    }
)  # fmt: skip
"""Under which countries register names, as in `co.uk`."""


def host_of(url: str) -> str:
    """The host of an address; '' where it names none that can be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def site_of(host: str) -> str:
    """The name that somebody registered, as far as one can tell from the host's; an IP address is its own."""
    host = host.lower().rstrip(".")
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    labels = host.split(".")
    is_under_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if is_under_country else labels[-2:])
