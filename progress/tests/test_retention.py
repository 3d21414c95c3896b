"""How long payloads of webhook deliveries are kept."""

import time
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.utils import timezone

from progress.models import WebhookDelivery
from progress.tests.factories import WebhookDeliveryFactory
from skillbridge_backend.core import outbox

pytestmark = pytest.mark.django_db


def test_old_payloads_are_emptied_but_not_of_what_waits(
    settings: LazySettings, drain_outbox: Callable[[], list[str]]
) -> None:
    done = WebhookDeliveryFactory(payload={"commits": []})
    WebhookDelivery.objects.update(status="ignored", processed_at=timezone.now())
    waiting = WebhookDeliveryFactory(payload={"commits": []})
    time.sleep(0.005)  # ids tell the millisecond

    for days, kept in ((1, {done.pk, waiting.pk}), (0, {waiting.pk})):
        settings.RETENTION_WEBHOOK_PAYLOAD_DAYS = days
        outbox.publish("progress.prune", payload={})
        assert drain_outbox() == ["progress.prune"]
        assert set(WebhookDelivery.objects.exclude(payload={}).values_list("pk", flat=True)) == kept
    assert WebhookDelivery.objects.count() == 2
