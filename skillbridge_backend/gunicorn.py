"""gunicorn's settings for web and admin; the port comes from the command line."""

import json
import os
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]

from skillbridge_backend.core.errors import DomainError, InternalError, MalformedRequest

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
limit_request_line = 8190  # as nginx: four buffers of 8 kB
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
# Its default path is the same for every instance on a machine.
control_socket_disable = True


def write_problem(client: Any, status: int, reason: str, message: str) -> None:
    """Answer a request that gunicorn cannot read as everything is answered here: with a problem (RFC 9457)."""
    kind: type[DomainError] = MalformedRequest if status < 500 else InternalError
    document = {
        "type": f"/api/v1/problems/#{kind.code}",
        "title": kind.title,
        "status": status,
        "detail": message or reason,
        "code": kind.code,
        "request_id": "",
    }
    body = json.dumps(document)
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(client, (head + body).encode("latin-1"))


util.write_error = write_problem  # there is no setting for it


def child_exit(_server: Any, worker: Any) -> None:
    """Forget a dead worker's gauges, so that /metrics does not count it for ever."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # of prometheus_client
