"""Badges: read only, for whatever is earned is written by the database; awards are seen while they are held."""

from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from badges.models import Award, MetricTotal
from badges.tests.factories import AwardFactory, BadgeFactory, PointsEntryFactory, PointsRuleFactory
from tests.policies.access import LOGGED_IN, MODERATING, OWNER, Access, columns_of
from tests.policies.world import World


def build(world: World) -> None:
    """A badge that the learner holds and one that was taken from them, a rule, a booking and its total."""
    AwardFactory(
        user=world.learner,
        awarded_at=timezone.now() - timedelta(days=1),
        revoked_at=timezone.now(),
        revoked_by=world.admin,
        revoke_reason=f"Because {world.SECRET}.",
    )
    award = AwardFactory(user=world.learner)
    entry = PointsEntryFactory(user=world.learner, note=world.SECRET)
    world.remember(
        award,
        award.badge,
        PointsRuleFactory(metric="votes_received"),
        entry,
        MetricTotal.objects.get(user=world.learner, metric=entry.metric),
    )


def revoked(world: World) -> Model:
    """The award that was taken back."""
    return Award.objects.get(user=world.learner, revoked_at__isnull=False)


TABLES = {
    "badges_badge": Access(
        select=LOGGED_IN,
        new_row=lambda world: columns_of(BadgeFactory.build()),
        change=("name", "Another"),
    ),
    "badges_pointsrule": Access(
        select=LOGGED_IN,
        new_row=lambda world: columns_of(PointsRuleFactory.build(metric="commits_pushed")),
        change=("points", 1000),
    ),
    "badges_award": Access(
        select=LOGGED_IN,
        new_row=lambda world: columns_of(AwardFactory.build(user=world.learner, badge=BadgeFactory())),
        change=("seq", 7),
    ),
    "badges_award: revoked": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(AwardFactory.build(user=world.learner, badge=BadgeFactory())),
        change=("seq", 7),
        row=revoked,
    ),
    "badges_pointsentry": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(PointsEntryFactory.build(user=world.learner)),
        change=("points", 1000),
    ),
    "badges_metrictotal": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(
            MetricTotal(user=world.learner, metric="commits_pushed", amount=1000, updated_at=timezone.now())
        ),
        change=("points", 1000),
    ),
}
