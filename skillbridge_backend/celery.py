"""The Celery application: queues, delivery guarantees and the timetable of periodic work.

Tasks are never called directly: they are handed over by the relay from outbox rows (`core/outbox.py`), so what is here
decides only how a message travels. The settings and why: docs/decisions/0004-outbox.md.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillbridge_backend.settings.development")

VISIBILITY_TIMEOUT_SECONDS = 300
"""After this long an unacknowledged message is handed to another worker; longer than the hard time limit."""

app = Celery("skillbridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_queues=[Queue(name) for name in ("default", "ai", "notify", "webhooks", "match")],
    task_default_queue="default",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_soft_time_limit=100,
    task_time_limit=120,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    worker_eta_task_limit=1000,
    worker_soft_shutdown_timeout=20,
    worker_enable_soft_shutdown_on_idle=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    visibility_timeout=VISIBILITY_TIMEOUT_SECONDS,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    # Each entry only writes an outbox row, once per slot, whoever ticks and however often.
    beat_schedule={
        "prune": {"task": "core.tick", "schedule": crontab(minute="17", hour="3"), "args": ("core.prune", 86400)},
        "expire-requests": {"task": "core.tick", "schedule": 300.0, "args": ("matches.expire_requests", 300)},
        "daily-rollups": {
            "task": "core.tick",
            "schedule": crontab(minute="5"),
            "args": ("progress.roll_up_days", 3600),
        },
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def _use_our_logging(**_: Any) -> None:
    """Keep Celery from replacing the logging that Django has configured."""


@worker_process_init.connect
def _drop_inherited_connections(**_: Any) -> None:
    """Make each forked worker open its own database connections; a shared socket corrupts both sides' protocol."""
    from django.db import connections

    connections.close_all()
