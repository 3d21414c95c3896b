"""Work, repositories and deliveries for the tests of every app."""

import hashlib
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from progress.enums import LogKind
from progress.models import ProgressLog, Repository, WebhookDelivery
from users.tests.factories import UserFactory

SECRET = "the-secret-of-this-webhook"


class RepositoryFactory(DjangoModelFactory[Repository]):
    """A connected repository whose webhook secret is SECRET."""

    class Meta:
        model = Repository

    owner = factory.SubFactory(UserFactory)
    full_name = factory.Sequence(lambda n: f"octo/hello-{n}")
    webhook_secret = SECRET


class WebhookDeliveryFactory(DjangoModelFactory[WebhookDelivery]):
    """A push that waits for a worker."""

    class Meta:
        model = WebhookDelivery

    repository = factory.SubFactory(RepositoryFactory)
    delivery_guid = factory.Sequence(lambda n: f"guid-{n}")
    event = "push"
    payload: Any = factory.LazyFunction(dict)
    body_hash = factory.LazyAttribute(lambda delivery: hashlib.sha256(delivery.delivery_guid.encode()).hexdigest())


class ProgressLogFactory(DjangoModelFactory[ProgressLog]):
    """Half an hour, entered by hand, now."""

    class Meta:
        model = ProgressLog

    user = factory.SubFactory(UserFactory)
    kind = LogKind.MANUAL
    occurred_at = factory.LazyFunction(timezone.now)
    minutes = 30
