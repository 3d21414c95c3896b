"""The links of a model's answer: asked side by side before anybody sees them, and only those that answer are taken."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import structlog
from django.utils import timezone
from redis import RedisError

from roadmaps.host_turns import HostTurns
from roadmaps.link_checker import LinkChecker, Outcome
from roadmaps.planner import PlannedLink, PlannedModule

MOST_SECONDS = 15.0
FRESH_FOR = timedelta(days=1)
"""What answered within this time is not asked again when its answer is shared."""

log = structlog.get_logger(__name__)


def links_that_answer(modules: Iterable[PlannedModule], *, seconds: float) -> dict[str, PlannedLink]:
    """The links of these modules that answer, by address, in at most so many seconds. Asks the network.

    The first links of all modules are asked before the second ones: time may not be enough for all.
    """
    fresh = timezone.now() - FRESH_FOR
    ranks = zip_longest(*(module.links for module in modules))
    links = {link.url: link for rank in ranks for link in rank if link and link.url}
    answered = {url: link for url, link in links.items() if link.checked_at and link.checked_at > fresh}
    asked = [url for url in links if url not in answered]
    if not asked:
        return answered
    try:
        results = LinkChecker(HostTurns()).check_all(asked, seconds=min(MOST_SECONDS, seconds))
    except RedisError as error:
        log.warning("model_links_not_asked", links=len(asked), error=type(error).__name__)
        return answered
    now = timezone.now()
    for url, checked in results.items():
        if checked.outcome == Outcome.ANSWERED:
            answered[url] = links[url]._replace(final_url=checked.final_url, checked_at=now)
    return answered


def with_links(module: PlannedModule, known: Mapping[str, PlannedLink]) -> PlannedModule:
    """The module with what is known of its links; those of which nothing is known stay as they are."""
    return module._replace(
        links=tuple(known[link.url]._replace(title=link.title) if link.url in known else link for link in module.links)
    )


def without_others(module: PlannedModule, known: Mapping[str, PlannedLink]) -> PlannedModule:
    """The module with only those of its links that are known."""
    return module._replace(links=tuple(link for link in module.links if link.url in known))


def to_json(link: PlannedLink) -> dict[str, str | None]:
    """A link with what is known of it, to be kept for equal requests."""
    return link._asdict() | {"checked_at": link.checked_at.isoformat() if link.checked_at else None}


def kept_links(items: Iterable[Mapping[str, Any]]) -> dict[str, PlannedLink]:
    """The links of a kept answer that have answered once, by address."""
    return {
        link["url"]: PlannedLink(**{**link, "checked_at": datetime.fromisoformat(link["checked_at"])})
        for item in items
        for link in item["links"]
        if link["checked_at"]
    }


def as_answered(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A kept answer in the shape in which the model gave it."""
    return [
        {**item, "links": [{"title": link["title"], "url": link["url"]} for link in item["links"]]} for item in items
    ]
