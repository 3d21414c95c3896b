"""`/metrics` for Prometheus: HTTP requests (of all workers, in multi-process mode) and the outbox."""

import hmac
import os
from collections.abc import Iterator

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from skillbridge_backend.core.errors import PermissionDenied
from skillbridge_backend.core.problems import plain_problem

REQUESTS = Counter("skillbridge_http_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "skillbridge_http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the pattern, never the path, so that ids do not become labels.

    Nor do methods that a client made up: each label is a series, kept for ever.
    """
    method = method if method in _METHODS else "other"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)


class OutboxCollector(Collector):
    """Reads the outbox at scrape time: how much waits, how old the oldest is, what is dead, what was done."""

    def collect(self) -> Iterator[Metric]:
        """One family per figure, by topic."""
        families = {
            name: GaugeMetricFamily(f"skillbridge_outbox_{name}", text, labels=["topic"])
            for name, text in (
                ("waiting", "Messages not done"),
                ("oldest_seconds", "Age of the oldest message not done"),
                ("dead", "Dead letters"),
                ("done", "Messages done and not yet pruned"),
            )
        }
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT topic,
                       count(*) FILTER (WHERE done_at IS NULL AND dead_at IS NULL),
                       coalesce(extract(epoch FROM now() - min(created_at)
                           FILTER (WHERE done_at IS NULL AND dead_at IS NULL)), 0),
                       count(*) FILTER (WHERE dead_at IS NOT NULL),
                       count(*) FILTER (WHERE done_at IS NOT NULL)
                FROM core_outbox GROUP BY topic ORDER BY topic
                """
            )
            for topic, *figures in cursor.fetchall():
                for family, figure in zip(families.values(), figures, strict=True):
                    family.add_metric([topic], float(figure))
        yield from families.values()


@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for whoever holds METRICS_TOKEN; 403 for everybody else, and for all when it is not set."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), expected.encode()):
        return plain_problem(PermissionDenied("Send Authorization: Bearer with METRICS_TOKEN."))
    outbox = CollectorRegistry()
    outbox.register(OutboxCollector())
    return HttpResponse(generate_latest(_http_registry()) + generate_latest(outbox), content_type=CONTENT_TYPE_LATEST)


def _http_registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # of prometheus_client
    return registry
