"""Progress: what one vouches for oneself is one's own to write; what brings points comes from signed deliveries."""

from datetime import date

from django.utils import timezone

from progress.models import DailyActivity
from progress.tests.factories import ProgressLogFactory, RepositoryFactory, WebhookDeliveryFactory
from tests.policies.access import MODERATING, OWNER, Access, columns_of
from tests.policies.world import World


def build(world: World) -> None:
    """A connected repository with a delivery, an entry of the log, and the day's sums that it makes."""
    RepositoryFactory(owner=world.learner, disconnected_at=timezone.now())
    repository = RepositoryFactory(owner=world.learner, full_name=f"octo/{world.SECRET}")
    entry = ProgressLogFactory(user=world.learner, data={"note": world.SECRET})
    world.remember(
        repository,
        WebhookDeliveryFactory(repository=repository, payload={"text": world.SECRET}),
        entry,
        DailyActivity.objects.get(user=world.learner),
    )


TABLES = {
    "progress_progresslog": Access(
        select=OWNER | MODERATING,
        insert=OWNER,
        new_row=lambda world: columns_of(ProgressLogFactory.build(user=world.learner)),
        change=("minutes", 31),
    ),
    "progress_progresslog: a commit that nobody signed": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(
            ProgressLogFactory.build(
                user=world.learner, kind="commits_pushed", evidence="commit", commits=1, external_id="github:octo/x:1"
            )
        ),
        change=("commits", 100),
    ),
    "progress_progresslog: hours for a module": Access(
        select=OWNER | MODERATING,
        new_row=lambda world: columns_of(ProgressLogFactory.build(user=world.learner, kind="module_completed")),
        change=("kind", "module_completed"),
    ),
    "progress_repository": Access(
        select=OWNER,
        insert=OWNER,
        update=OWNER,
        new_row=lambda world: columns_of(RepositoryFactory.build(owner=world.learner)),
        change=("disconnected_at", timezone.now()),
    ),
    "progress_repository: its secret": Access(
        select=OWNER,
        insert=OWNER,
        new_row=lambda world: columns_of(RepositoryFactory.build(owner=world.learner)),
        change=("webhook_secret", "known"),
    ),
    "progress_webhookdelivery": Access(
        select=OWNER,
        new_row=lambda world: columns_of(WebhookDeliveryFactory.build(repository=world.rows["progress_repository"])),
        change=("reason", "another"),
    ),
    "progress_dailyactivity": Access(
        select=OWNER,
        new_row=lambda world: columns_of(DailyActivity(user=world.learner, day=date(2020, 1, 1))),
        change=("minutes", 600),
    ),
}
