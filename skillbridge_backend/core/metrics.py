"""`/metrics` for Prometheus: HTTP requests (of all workers, in multi-process mode) and the outbox."""

import hmac
import os
from collections.abc import Iterator

import redis
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from skillbridge_backend.core.errors import PermissionDenied
from skillbridge_backend.core.problems import plain_problem
from skillbridge_backend.core.queues import waiting_in_broker
from skillbridge_backend.core.tasks import QUEUE_OF_TOPIC

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
    """Reads outbox and broker at scrape time: how much waits and since when, what fails, what is dead."""

    def collect(self) -> Iterator[Metric]:
        """The outbox by queue and topic, the broker by queue; without the broker's depths when it is away."""
        # Registers every app's tasks, and with them the queue of each topic.
        current_app.loader.import_default_modules()
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM private.outbox_status()")
            found = {topic: figures for topic, *figures in cursor.fetchall()}
        nothing = [0] * len(_OUTBOX_FIGURES)
        # A topic without messages is a series of zeros: an alert cannot tell a gap from an outage.
        by_topic = dict.fromkeys(sorted(QUEUE_OF_TOPIC), nothing) | found
        for column, (name, text) in enumerate(_OUTBOX_FIGURES.items()):
            family = GaugeMetricFamily(f"skillbridge_outbox_{name}", text, labels=["queue", "topic"])
            for topic, figures in by_topic.items():
                family.add_metric([QUEUE_OF_TOPIC.get(topic, "none"), topic], float(figures[column]))
            yield family
        yield from _broker()


# In the order of the function's columns.
_OUTBOX_FIGURES = {
    "waiting": "Messages neither done nor dead",
    "running": "Messages that a worker is at",
    "failing": "Messages not done whose last attempt failed",
    "attempts": "Attempts so far on messages neither done nor dead",
    "oldest_seconds": "Age of the oldest message neither done nor dead",
    "dead": "Dead letters",
    "done_recently": "Messages done in the last five minutes",
}


def _broker() -> Iterator[Metric]:
    up = GaugeMetricFamily("skillbridge_broker_up", "1 when the broker answers")
    depth = GaugeMetricFamily("skillbridge_broker_waiting", "Messages that no worker has taken", labels=["queue"])
    try:
        for queue, waiting in waiting_in_broker().items():
            depth.add_metric([queue], waiting)
        up.add_metric([], 1)
    except redis.RedisError:
        up.add_metric([], 0)
    yield from (up, depth)


READ_AT_SCRAPE = CollectorRegistry()
"""What every process would answer alike, because it is asked of the database; apps register theirs."""
READ_AT_SCRAPE.register(OutboxCollector())


@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for whoever holds METRICS_TOKEN; 403 for everybody else, and for all when it is not set."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), expected.encode()):
        return plain_problem(PermissionDenied("Send Authorization: Bearer with METRICS_TOKEN."))
    text = generate_latest(_http_registry()) + generate_latest(READ_AT_SCRAPE)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _http_registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # of prometheus_client
    return registry
