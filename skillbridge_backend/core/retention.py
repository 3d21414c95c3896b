"""Removes what was kept long enough, in small steps: no statement that locks, writes and logs a million rows at once.

For periodic tasks. How long things are kept is in the settings (`RETENTION_…_DAYS`), which rows is said by each app.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.ids import first_id_at

BATCH = 1000
LONGEST_SECONDS = 20.0
"""Of one call; what is left then waits for the next one, and a task stays within its limit."""


def older_than(rows: models.QuerySet[Any], days: float) -> models.QuerySet[Any]:
    """Those of `rows` that were made more than so many days ago, found by their UUIDv7 keys."""
    return rows.filter(pk__lt=first_id_at(timezone.now() - timedelta(days=days))).order_by("pk")


def delete_in_batches(rows: models.QuerySet[Any], *, batch: int = BATCH) -> int:
    """Delete `rows`, each batch in a transaction of its own with the service's rights, and return how many."""
    model = rows.model._default_manager  # noqa: SLF001  # Django's own name for it
    return in_batches(rows, lambda keys: model.filter(pk__in=keys).delete(), batch=batch)


def in_batches(rows: models.QuerySet[Any], change: Callable[[list[Any]], object], *, batch: int = BATCH) -> int:
    """Let `change` deal with the keys of one batch after another and return how many there were.

    `change` has to take the rows out of `rows`, or they come again. Harmless to repeat and to break off.
    """
    ends = time.monotonic() + LONGEST_SECONDS
    done = 0
    while time.monotonic() < ends:
        with acting_as_service():
            keys = list(rows.values_list("pk", flat=True)[:batch])
            if keys:
                change(keys)
        done += len(keys)
        if len(keys) < batch:
            break
    return done
