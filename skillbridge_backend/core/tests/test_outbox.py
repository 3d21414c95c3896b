"""What the outbox promises: fact and message together, one effect, failures counted and put off."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from skillbridge_backend.celery import VISIBILITY_TIMEOUT_SECONDS
from skillbridge_backend.core import outbox
from skillbridge_backend.core.models import InboxReceipt, OutboxMessage
from skillbridge_backend.core.queues import QUEUES, QueueName
from skillbridge_backend.core.tasks import QUEUE_OF_TOPIC

pytestmark = pytest.mark.django_db
LEASE = timedelta(minutes=1)


def test_publish_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction of its fact"):
        outbox.publish("core.prune", payload={})


def test_publish_with_the_same_key_keeps_the_first() -> None:
    outbox.publish("core.prune", payload={"n": 1}, key="a")
    outbox.publish("core.prune", payload={"n": 2}, key="a")

    assert [m.payload for m in OutboxMessage.objects.all()] == [{"n": 1}]


def test_publish_in_a_transaction_that_rolls_back_leaves_nothing() -> None:
    def publish_and_fail() -> None:
        with transaction.atomic():
            outbox.publish("core.prune", payload={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()

    assert not OutboxMessage.objects.exists()


def test_task_run_twice_has_one_effect(drain_outbox: Callable[[], list[str]]) -> None:
    message_id = outbox.publish("core.prune", payload={})

    assert drain_outbox() == ["core.prune"]

    message = OutboxMessage.objects.get(pk=message_id)
    assert message.done_at is not None
    assert message.attempts == 1
    assert InboxReceipt.objects.filter(pk=message_id).count() == 1
    assert outbox.begin_attempt(message_id, attempts_before=1, lease=LEASE) is None
    assert outbox.take_receipt(message_id) is False


def test_task_that_fails_is_put_off_then_dead(drain_outbox: Callable[[], list[str]]) -> None:
    message_id = outbox.publish("core.prune", payload={"unknown_argument": 1})
    for attempt in range(1, outbox.MOST_ATTEMPTS + 1):
        drain_outbox()
        message = OutboxMessage.objects.get(pk=message_id)
        assert message.attempts == attempt
        assert "unknown_argument" in message.last_error
        assert (message.dead_at is not None) == (attempt == outbox.MOST_ATTEMPTS)
        assert message.available_at <= timezone.now() + timedelta(seconds=outbox.LONGEST_BACKOFF_SECONDS)
    assert not InboxReceipt.objects.exists()


def test_message_that_kills_its_worker_each_time_is_given_up(drain_outbox: Callable[[], list[str]]) -> None:
    message_id = outbox.publish("core.prune", payload={})
    for attempt in range(outbox.MOST_ATTEMPTS):
        # What is left of an attempt whose worker was killed: it was counted, and nothing else happened.
        assert outbox.begin_attempt(message_id, attempts_before=attempt, lease=timedelta(0)) is not None

    drain_outbox()

    message = OutboxMessage.objects.get(pk=message_id)
    assert message.dead_at is not None
    assert message.last_error == "no attempt came to its end"
    assert not InboxReceipt.objects.exists()


def test_second_copy_is_turned_away_while_the_first_runs_and_after_it_failed() -> None:
    message_id = outbox.publish("core.prune", payload={})
    assert outbox.begin_attempt(message_id, attempts_before=0, lease=LEASE) == 1

    assert outbox.begin_attempt(message_id, attempts_before=0, lease=LEASE) is None

    message = OutboxMessage.objects.get(pk=message_id)
    assert message.attempts == 1
    assert message.available_at > timezone.now() + LEASE / 2

    outbox.record_failure(message_id, attempts=1, error="no")
    assert outbox.begin_attempt(message_id, attempts_before=0, lease=LEASE) is None


def test_failure_of_an_attempt_that_was_given_up_leaves_the_next_one_alone() -> None:
    message_id = outbox.publish("core.prune", payload={})
    outbox.begin_attempt(message_id, attempts_before=0, lease=timedelta(0))
    assert outbox.begin_attempt(message_id, attempts_before=1, lease=LEASE) == 2

    outbox.record_failure(message_id, attempts=1, error="late")

    message = OutboxMessage.objects.get(pk=message_id)
    assert (message.last_error, message.running_until is None) == ("", False)


@pytest.mark.parametrize("name", QUEUES)
def test_attempt_has_the_message_for_longer_than_it_can_run(name: QueueName) -> None:
    queue = QUEUES[name]
    assert queue.soft_limit_seconds < queue.hard_limit_seconds < queue.attempt_lease.total_seconds()
    assert queue.hard_limit_seconds < VISIBILITY_TIMEOUT_SECONDS


@pytest.mark.django_db(transaction=True)
def test_task_waits_for_a_database_that_restarts(drain_outbox: Callable[[], list[str]]) -> None:
    with transaction.atomic():
        message_id = outbox.publish("core.prune", payload={})
    port = connection.settings_dict["PORT"]

    def come_back() -> None:
        connection.settings_dict["PORT"] = port

    timer = threading.Timer(1, come_back)
    connection.close()
    connection.settings_dict["PORT"] = "9"
    timer.start()
    current_app.tasks["core.prune"](str(message_id), {}, 0)
    timer.join()

    message = OutboxMessage.objects.get(pk=message_id)
    assert (message.done_at is not None, message.attempts) == (True, 1)


def test_every_task_has_the_limits_of_its_queue() -> None:
    current_app.loader.import_default_modules()
    assert set(QUEUE_OF_TOPIC.values()) == set(QUEUES)
    for topic, queue in QUEUE_OF_TOPIC.items():
        task, limits = current_app.tasks[topic], QUEUES[queue]
        assert (task.soft_time_limit, task.time_limit) == (limits.soft_limit_seconds, limits.hard_limit_seconds)


def test_visibility_timeout_is_the_same_in_all_three_places() -> None:
    conf = current_app.conf
    places = (conf.broker_transport_options, conf.result_backend_transport_options, conf)
    assert {place["visibility_timeout"] for place in places} == {VISIBILITY_TIMEOUT_SECONDS}


@pytest.mark.parametrize("attempts", range(1, 20))
def test_backoff_stays_between_zero_and_ten_minutes(attempts: int) -> None:
    ceiling = min(2**attempts * 2, 600)
    pauses = [outbox.backoff(attempts).total_seconds() for _ in range(50)]
    assert all(0 <= pause <= ceiling for pause in pauses)
    assert len(set(pauses)) > 1
