"""`/health/live` asks nothing but this process; `/health/ready` asks everything that a request needs."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from skillbridge_backend.core.rendering import to_json

DEADLINE_SECONDS = 2.0
NEEDED = frozenset({"database", "migrations"})
"""Without these a request fails. Redis, outbox and matcher away are reported as degraded: requests still succeed."""


@transaction.non_atomic_requests
def live(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return HttpResponse(to_json({"status": "ok"}), content_type="application/json")


@transaction.non_atomic_requests
def ready(_request: HttpRequest) -> HttpResponse:
    """200 with each check's state; 503 when something is away without which requests fail."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    failed = {name for name, check in checks.items() if check["status"] != "ok"}
    status = "unavailable" if failed & NEEDED else "degraded" if failed else "ok"
    body = {"status": status, "version": settings.VERSION, "checks": checks}
    return HttpResponse(
        to_json(body),
        status=503 if failed & NEEDED else 200,
        content_type="application/json",
        headers={"Retry-After": "5"} if failed & NEEDED else {},
    )


def _outcome(check: Callable[[], str]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        problem = check()
    except (DatabaseError, redis.RedisError, httpx.HTTPError, OSError) as error:
        problem = type(error).__name__
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    return {"status": "failed" if problem else "ok", "milliseconds": milliseconds} | (
        {"problem": problem} if problem else {}
    )


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else ""


def _redis() -> str:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=DEADLINE_SECONDS) as client:
        client.ping()
    return ""


def _outbox() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(oldest_seconds), 0) FROM private.outbox_status()")
        row = cursor.fetchone()
    age = float(row[0]) if row else 0.0
    return f"oldest message waits {age:.0f} s" if age > settings.WEB_READINESS_OUTBOX_SECONDS else ""


def _matcher() -> str:
    answer = httpx.get(f"{settings.MATCHER_URL}/health/ready", timeout=DEADLINE_SECONDS)
    return "" if answer.status_code == 200 else f"answers {answer.status_code}"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "outbox": _outbox,
    "matcher": _matcher,
}
