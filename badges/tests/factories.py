"""Badges and points rules for the tests of every app."""

import factory
from factory.django import DjangoModelFactory

from badges.enums import Metric, Tier
from badges.models import Badge, PointsRule


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

    metric = Metric.MODULES_COMPLETED
    points = 20
