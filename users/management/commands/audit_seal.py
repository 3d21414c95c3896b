"""`manage.py audit_seal`: the process that seals the audit trail."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from users.services.audit_seal import run_until


class Command(BaseCommand):
    """Runs the sealer until SIGTERM or SIGINT."""

    help = "Seals the audit trail about every second until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; the seal in hand is finished before the process ends."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_until(stop)
