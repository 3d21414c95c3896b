"""gunicorn's settings for web and admin; the port comes from the command line."""

import os
from typing import Any

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
# Its default path is the same for every instance on a machine.
control_socket_disable = True


def child_exit(_server: Any, worker: Any) -> None:
    """Forget a dead worker's gauges, so that /metrics does not count it for ever."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # of prometheus_client
