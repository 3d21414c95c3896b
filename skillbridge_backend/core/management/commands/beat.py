"""`manage.py beat`: the process that publishes periodic work."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from skillbridge_backend.core.beat import run_until


class Command(BaseCommand):
    """Runs beat until SIGTERM or SIGINT."""

    help = "Publishes periodic work, each slot once; a second beat waits until the first is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; the tick in hand is finished before the process ends."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_until(stop)
