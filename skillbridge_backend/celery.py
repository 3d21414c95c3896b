"""The Celery application: its queues and delivery guarantees.

Tasks are never called directly: they are handed over by the relay from outbox rows (`core/outbox.py`), so what is here
decides only how a message travels. The settings and why: docs/decisions/0004-outbox.md.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from kombu import Queue

from skillbridge_backend.core.queues import QUEUES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillbridge_backend.settings.development")

VISIBILITY_TIMEOUT_SECONDS = 300
"""After this long the broker gives an unacknowledged message to another worker; longer than any time limit.

The outbox is sooner: what comes back this late finds nothing to do.
"""

app = Celery("skillbridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="default",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    # Or Celery connects to PostgreSQL for each task; that a kept connection is usable is checked by core/tasks.py.
    CELERY_DB_REUSE_MAX=1000,
    worker_eta_task_limit=1000,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    visibility_timeout=VISIBILITY_TIMEOUT_SECONDS,
    result_backend_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_SECONDS},
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A worker killed while it restores holds this lock until it expires; the usual five minutes stop all others.
        "unacked_mutex_expire": 30,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
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
