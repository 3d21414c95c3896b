"""A worker that is told to stop ends soon, whatever it does, and what it did not finish is done by the next."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.utils import timezone

from notifications.models import Delivery
from notifications.tests.factories import NotificationFactory
from skillbridge_backend.core import relay
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.queues import QUEUES
from skillbridge_backend.settings.environment import BASE_DIR

pytestmark = pytest.mark.django_db(transaction=True)
SOFT_SECONDS = 3


@pytest.fixture(autouse=True)
def empty_broker() -> Iterator[None]:
    current_app.loader.import_default_modules()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(*QUEUES, "unacked", "unacked_index")
        yield
        client.delete(*QUEUES, "unacked", "unacked_index")


class SilentMailServer:
    """Takes connections and never says a word; `is_asked` once there was one."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self._taken: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                self._taken.append(self._listener.accept()[0])
                self.is_asked.set()

    def close(self) -> None:
        for one in (self._listener, *self._taken):
            one.close()


@contextmanager
def worker(mail_port: int = 9, *, soft_seconds: int = SOFT_SECONDS) -> Iterator["subprocess.Popen[str]"]:
    """A worker that is ready; nobody listens on the default port of mail."""
    command = [sys.executable, "-m", "celery", "-A", "skillbridge_backend", "worker", "-Q", "notify"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "skillbridge_backend.settings.development",
        "REMAP_SIGTERM": "SIGQUIT",
        "WORKER_SOFT_SHUTDOWN_SECONDS": str(soft_seconds),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }
    process = subprocess.Popen(
        [*command, "--concurrency", "1", "--without-gossip", "--without-mingle"],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout
        lines = iter(process.stdout.readline, "")
        assert any(" ready." in line for line in lines)
        threading.Thread(target=lambda: [None for _ in lines], daemon=True).start()
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def seconds_to_stop(process: "subprocess.Popen[str]") -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return time.monotonic() - began


def eventually(condition: Callable[[], bool], *, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def email_delivery() -> tuple[Delivery, OutboxMessage]:
    """A notification's e-mail that waits, alone in the outbox, and its message."""
    notification = NotificationFactory(kind="reply_posted")
    delivery = Delivery.objects.get(notification=notification, channel="email")
    message = OutboxMessage.objects.get(payload__delivery_id=str(delivery.pk))
    OutboxMessage.objects.exclude(pk=message.pk).delete()
    return delivery, message


def test_worker_with_a_task_that_hangs_ends_and_loses_nothing() -> None:
    delivery, message = email_delivery()
    with closing(SilentMailServer()) as silent, worker(silent.port) as process:
        relay.relay_once()
        assert silent.is_asked.wait(30)
        assert SOFT_SECONDS <= seconds_to_stop(process) < SOFT_SECONDS + 20
    message.refresh_from_db()
    assert (message.attempts, message.done_at, message.dead_at) == (1, None, None)
    delivery.refresh_from_db()
    assert delivery.status == "pending"

    # As when the attempt's lease has ended. The first copy is in the broker again, and is turned away.
    OutboxMessage.objects.update(running_until=timezone.now(), available_at=timezone.now())
    with worker():
        relay.relay_once()
        assert eventually(lambda: OutboxMessage.objects.get().last_error.startswith("EmailNotSent: ConnectionRefused"))
    assert OutboxMessage.objects.get().attempts == 2


def test_idle_worker_does_not_wait_for_anything() -> None:
    with worker(soft_seconds=60) as process:
        assert seconds_to_stop(process) < 30
