"""Removal in batches: everything that is old goes, each batch is committed by itself, and time ends it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from skillbridge_backend.core import retention
from skillbridge_backend.core.ids import first_id_at, new_id
from skillbridge_backend.core.models import InboxReceipt

pytestmark = pytest.mark.django_db


def receipts(count: int) -> None:
    InboxReceipt.objects.bulk_create(InboxReceipt(message_id=new_id()) for _ in range(count))


def test_everything_goes_in_as_many_batches_as_it_takes() -> None:
    receipts(25)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert retention.delete_in_batches(InboxReceipt.objects.all(), batch=10) == 25

    assert not InboxReceipt.objects.exists()
    assert sum("DELETE FROM" in query["sql"] for query in queries) == 3


def test_time_that_is_up_leaves_the_rest_for_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    receipts(5)
    monkeypatch.setattr(retention, "LONGEST_SECONDS", 0.0)

    assert retention.delete_in_batches(InboxReceipt.objects.all(), batch=2) == 0
    assert InboxReceipt.objects.count() == 5


def test_ids_are_told_apart_by_when_they_were_made() -> None:
    now = timezone.now()

    made = new_id()

    assert first_id_at(now - timedelta(milliseconds=5)) < made < first_id_at(now + timedelta(minutes=1))
    assert str(first_id_at(datetime(2026, 1, 1, tzinfo=UTC))) == "019b76da-a800-7000-8000-000000000000"
