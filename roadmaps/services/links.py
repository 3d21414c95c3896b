"""LinkService: which links are due, and what becomes of one after a check. The asking is `link_checker`'s.

A link that answers is asked again in a week; one that does not after an hour, then after a day, and after the third
time it is quarantined and asked again weekly. One that refuses us is unverified, and asked again weekly. Links are
taken for a while in one short transaction, asked outside of any, and each result is written in one of its own: a worker
that dies leaves links that are due when that while is over.
"""

import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from roadmaps.enums import LinkState, ResourceSource
from roadmaps.link_checker import Checked, LinkChecker, Outcome
from roadmaps.models import CheckedLink, ModuleLink, OwnResource, Resource
from roadmaps.sites import host_of, site_of
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as_service
from users.models import User

ASKED: dict[type[CheckedLink], Q] = {
    Resource: ~Q(source=ResourceSource.YOUTUBE),
    OwnResource: Q(),
    ModuleLink: Q(),
}
"""The tables, and which of their links are asked: YouTube's pages answer whether or not a video is there."""
WEEK = timedelta(days=7)
PAUSES = (timedelta(hours=1), timedelta(days=1))
"""After the first failure and the second; the third quarantines."""
TAKEN_FOR = timedelta(minutes=10)
LONGEST_PUT_OFF = timedelta(days=30)
"""A host that asks to come back later for so long counts as one that refuses us."""
NOTHING_REACHED = timedelta(hours=1)
LEAST_HOSTS = 5
"""When none of so many hosts can be reached, it is our own network that is away."""
BATCH = 32
MOST_OF_ONE_OWNER = 4
"""Own addresses in a batch: nobody's are many enough to keep those of others from being checked."""
MOST_LOOKED_AT = 20_000
"""Own addresses that are due, for a batch: some milliseconds, however many there are after an upgrade."""
THREADS = 8
SITE_SECONDS = 20.0
"""Of one batch, after which no check of the same site begins: the others do not wait for one that is slow."""
LONGEST_SECONDS = 5.0
"""Of one call, after which no check begins: other work waits for a worker's turn meanwhile."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DueLink:
    """A row of one of the tables, and the address that is asked."""

    table: type[CheckedLink]
    id: UUID
    url: str

    @property
    def host(self) -> str:
        """Of the address."""
        return host_of(self.url)


def check_soon(actor: User | None = None) -> None:
    """Have links that are due checked without waiting for the next beat, in the transaction that brings them.

    Nothing happens where links are not checked (`LINK_CHECKS`).
    """
    if not settings.LINK_CHECKS:
        return
    outbox.publish("roadmaps.check_links", payload={}, actor_id=actor.pk if actor else None)


def next_week() -> datetime:
    """When a link that answers now is asked again."""
    return timezone.now() + _about(WEEK)


class LinkService:
    """Takes links and writes results, each in a transaction of its own with the rights of the service."""

    def take_due(self, *, most: int = BATCH, asked: Mapping[type[CheckedLink], Q] = ASKED) -> list[DueLink]:
        """Links whose time has come, longest due first, which nobody else gets for TAKEN_FOR.

        Of each person's own addresses the first MOST_OF_ONE_OWNER.
        """
        taken: list[DueLink] = []
        with acting_as_service():
            now = timezone.now()
            for table, which in asked.items():
                due = table._default_manager.filter(which, next_check_at__lte=now)  # noqa: SLF001  # Django's own name
                if table is OwnResource:
                    # Beside the other condition, which is looked at again when another worker was quicker.
                    due = due.filter(pk__in=_first_of_each_owner(due))
                rows = due.order_by("next_check_at").select_for_update(of=("self",), skip_locked=True)
                links = [DueLink(table, pk, url) for pk, url in rows.values_list("pk", "url")[: most - len(taken)]]
                table._default_manager.filter(pk__in=[each.id for each in links]).update(  # noqa: SLF001
                    next_check_at=now + TAKEN_FOR
                )
                taken += links
        return taken

    def record(self, link: DueLink, checked: Checked) -> LinkState | None:
        """What the link is after this check; None, and nothing written, when it is gone or has another address now."""
        with acting_as_service():
            rows = link.table._default_manager.select_for_update(of=("self",))  # noqa: SLF001
            row = rows.filter(pk=link.id, url=link.url).first()
            if row is None:
                return None
            now = timezone.now()
            if checked.outcome == Outcome.ANSWERED:
                _answered(row, checked.final_url, now)
            elif checked.outcome == Outcome.FAILED:
                _failed(row, checked.error, now)
            elif checked.outcome == Outcome.REFUSED or _was_put_off_too_long(row, now):
                _refused(row, checked.error, now)
            else:
                row.next_check_at = now + timedelta(seconds=checked.retry_seconds)
                row.last_error = checked.error
            row.save(
                update_fields=[
                    "state", "checked_at", "next_check_at", "failures", "final_url", "last_error", "updated_at",
                ]
            )  # fmt: skip
            return LinkState(row.state)

    def check_due(
        self, checker: LinkChecker, *, seconds: float = LONGEST_SECONDS, site_seconds: float = SITE_SECONDS
    ) -> dict[str, int]:
        """Check what is due and say how many links came to be in each state. Asks the network: in no transaction.

        Sites are asked side by side, the links of one site one after the other, for `site_seconds` of a batch. Raises
        RedisError when there are no turns to be had, after what is known by then is written.
        """
        ends = time.monotonic() + seconds
        counts: dict[str, int] = defaultdict(int)
        with ThreadPoolExecutor(THREADS) as threads:
            while time.monotonic() < ends and (links := self.take_due()):
                by_site: dict[str, list[DueLink]] = defaultdict(list)
                for link in links:
                    by_site[site_of(link.host)].append(link)
                until = min(ends, time.monotonic() + site_seconds)
                asked = list(threads.map(_asked, repeat(checker), by_site.values(), repeat(until)))
                for link, checked in _unless_we_are_away([each for results, _ in asked for each in results]):
                    state = self.record(link, checked)
                    counts[state or "gone"] += 1
                for error in filter(None, (error for _, error in asked)):
                    raise error
        return dict(counts)


def _first_of_each_owner(due: QuerySet[Any]) -> QuerySet[Any]:
    """Keys of the own addresses that a batch may have, of the MOST_LOOKED_AT that are due longest, by their index."""
    longest_due = due.order_by("next_check_at")[:MOST_LOOKED_AT].values("pk")
    rank = Window(RowNumber(), partition_by=F("owner_id"), order_by=("next_check_at", "pk"))
    ranked: QuerySet[Any] = OwnResource.objects.filter(pk__in=longest_due).annotate(rank=rank)
    return ranked.filter(rank__lte=MOST_OF_ONE_OWNER).values("pk")


def _asked(
    checker: LinkChecker, links: Sequence[DueLink], ends: float
) -> tuple[list[tuple[DueLink, Checked]], redis.RedisError | None]:
    """The links of one site, as far as there were turns; with the error where there were none. Touches no database."""
    results: list[tuple[DueLink, Checked]] = []
    for link in links:
        if time.monotonic() >= ends:
            results.append((link, Checked(Outcome.POSTPONED, retry_seconds=60)))
            continue
        try:
            results.append((link, checker.check_one_of_many(link.url)))
        except redis.RedisError as error:
            return results, error
    return results, None


def _unless_we_are_away(results: list[tuple[DueLink, Checked]]) -> list[tuple[DueLink, Checked]]:
    """The results, or as many postponed ones where no host at all could be reached."""
    asked = [(link, checked) for link, checked in results if checked.outcome != Outcome.POSTPONED]
    if len({link.host for link, _ in asked}) < LEAST_HOSTS or any(not each.is_unreachable for _, each in asked):
        return results
    log.warning("links_no_host_reached", links=len(asked), error=asked[0][1].error)
    put_off = Checked(Outcome.POSTPONED, retry_seconds=NOTHING_REACHED.total_seconds())
    return [(link, put_off) for link, _ in results]


def _answered(row: CheckedLink, final_url: str, now: datetime) -> None:
    row.state, row.checked_at, row.failures = LinkState.VERIFIED, now, 0
    row.final_url, row.last_error = final_url, ""
    row.next_check_at = now + _about(WEEK)


def _failed(row: CheckedLink, error: str, now: datetime) -> None:
    row.failures = min(row.failures + 1, 30_000)
    row.last_error = error
    is_out = row.state == LinkState.QUARANTINED or row.failures > len(PAUSES)
    row.state = LinkState.QUARANTINED if is_out else LinkState.FAILING
    row.next_check_at = now + (_about(WEEK) if is_out else PAUSES[row.failures - 1])


def _refused(row: CheckedLink, error: str, now: datetime) -> None:
    row.state, row.failures, row.last_error = LinkState.UNVERIFIED, 0, error
    row.next_check_at = now + _about(WEEK)


def _was_put_off_too_long(row: CheckedLink, now: datetime) -> bool:
    return row.state == LinkState.VERIFIED and row.checked_at is not None and row.checked_at < now - LONGEST_PUT_OFF


def _about(time_span: timedelta) -> timedelta:
    """Up to a tenth sooner, so that what came together is not asked together for ever."""
    return time_span * random.uniform(0.9, 1)  # noqa: S311  # spreads load, guards nothing
