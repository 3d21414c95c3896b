"""Badges, rules, bookings and awards for the tests of every app. The database adds the totals to a booking."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from badges.enums import Metric, Tier
from badges.models import Award, Badge, PointsEntry, PointsRule
from users.tests.factories import UserFactory


class BadgeFactory(DjangoModelFactory[Badge]):
    """A badge for a first completed module."""

    class Meta:
        model = Badge

    slug = factory.Sequence(lambda n: f"badge-{n}")
    name = factory.Sequence(lambda n: f"Badge {n}")
    description = "Completed a module."
    tier = Tier.BRONZE
    criteria = factory.LazyFunction(lambda: [[{"metric": "modules_completed", "at_least": 1}]])


class PointsRuleFactory(DjangoModelFactory[PointsRule]):
    """Twenty points for a module."""

    class Meta:
        model = PointsRule
        django_get_or_create = ("metric",)

    metric = Metric.MODULES_COMPLETED
    points = 20


class PointsEntryFactory(DjangoModelFactory[PointsEntry]):
    """A completed module, booked."""

    class Meta:
        model = PointsEntry

    user = factory.SubFactory(UserFactory)
    metric = Metric.MODULES_COMPLETED
    amount = 1
    points = 20
    source_type = "test"
    key = factory.Sequence(lambda n: f"test:{n}")
    created_at = factory.LazyFunction(timezone.now)


class AwardFactory(DjangoModelFactory[Award]):
    """A badge given for the first time."""

    class Meta:
        model = Award

    badge = factory.SubFactory(BadgeFactory)
    user = factory.SubFactory(UserFactory)
    seq = 1
    awarded_at = factory.LazyFunction(timezone.now)
    reason: Any = factory.LazyFunction(
        lambda: {"conditions": [{"metric": "modules_completed", "at_least": 1, "amount": 1}], "counted_since": None}
    )
