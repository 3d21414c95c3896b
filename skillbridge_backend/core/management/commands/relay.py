"""`manage.py relay`: the process that hands outbox messages to Celery."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from skillbridge_backend.core.relay import run_until


class Command(BaseCommand):
    """Runs the relay until SIGTERM or SIGINT."""

    help = "Hands outbox messages to Celery until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; the batch in hand is finished before the process ends."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_until(stop)
