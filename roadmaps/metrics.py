"""What /metrics shows of roadmaps: links that do not answer or wait to be asked, what is left of YouTube's units."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from roadmaps.enums import LinkState
from roadmaps.youtube import pacific_day

KINDS = ("catalogue", "youtube", "own", "model")
STATES = (LinkState.FAILING.value, LinkState.QUARANTINED.value, "due")


class LinkCollector(Collector):
    """Reads at scrape time."""

    def collect(self) -> Iterator[Metric]:
        """Links by kind and state, zeros included; the units of YouTube's day that were set aside, and the budget.

        No links where they are not checked: all of them would be due.
        """
        with connection.cursor() as cursor:
            found: dict[tuple[str, str], int] = {}
            if settings.LINK_CHECKS:
                cursor.execute("SELECT kind, state, links FROM private.roadmaps_link_states()")
                found = {(kind, state): links for kind, state, links in cursor.fetchall()}
            cursor.execute("SELECT private.roadmaps_youtube_used(%s)", [pacific_day(timezone.now())])
            (used,) = cursor.fetchone()
        if settings.LINK_CHECKS:
            links = GaugeMetricFamily("skillbridge_links", "Links that want attention", labels=["kind", "state"])
            for kind in KINDS:
                for state in STATES:
                    links.add_metric([kind, state], found.get((kind, state), 0))
            yield links
        yield GaugeMetricFamily("skillbridge_youtube_units_used", "Units set aside since midnight in California", used)
        budget = settings.YOUTUBE_UNITS_PER_DAY if settings.YOUTUBE_API_KEY else 0
        yield GaugeMetricFamily("skillbridge_youtube_units_per_day", "Units that there are; 0 without a key", budget)
