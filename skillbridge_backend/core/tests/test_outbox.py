"""What the outbox promises: fact and message together, one effect, failures counted and put off."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from skillbridge_backend.core import outbox
from skillbridge_backend.core.models import InboxReceipt, OutboxMessage

pytestmark = pytest.mark.django_db


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
    assert outbox.begin_attempt(message_id) is None
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
    for _ in range(outbox.MOST_ATTEMPTS):
        # What is left of an attempt whose worker was killed: it was counted, and nothing else happened.
        assert outbox.begin_attempt(message_id) is not None

    drain_outbox()

    message = OutboxMessage.objects.get(pk=message_id)
    assert message.dead_at is not None
    assert message.last_error == "no attempt came to its end"
    assert not InboxReceipt.objects.exists()


@pytest.mark.parametrize("attempts", range(1, 20))
def test_backoff_stays_between_zero_and_ten_minutes(attempts: int) -> None:
    ceiling = min(2**attempts * 2, 600)
    pauses = [outbox.backoff(attempts).total_seconds() for _ in range(50)]
    assert all(0 <= pause <= ceiling for pause in pauses)
    assert len(set(pauses)) > 1
