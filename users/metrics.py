"""What /metrics shows of accounts: whether the audit trail is sealed."""

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class AuditCollector(Collector):
    """Reads at scrape time what waits for the process `audit_seal`."""

    def collect(self) -> Iterator[Metric]:
        """How many entries wait, counted as far as 100,000, and for how long the oldest has."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT entries, oldest_seconds FROM private.audit_unsealed()")
            entries, oldest = cursor.fetchone()
        yield GaugeMetricFamily("skillbridge_audit_unsealed", "Audit entries that wait for their seal", value=entries)
        yield GaugeMetricFamily(
            "skillbridge_audit_unsealed_oldest_seconds", "How long the oldest of them has waited", value=oldest
        )
