"""What the database does by itself: daily sums, append-only rights, constraints, and the periodic roll-up."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from progress.enums import Evidence, LogKind
from progress.models import DailyActivity, ProgressLog, Repository, WebhookDelivery
from progress.services import AnalyticsService, ProgressService, RepositoryService
from progress.tests.factories import SECRET, ProgressLogFactory, RepositoryFactory, WebhookDeliveryFactory
from roadmaps.signals import module_completed, module_reopened
from roadmaps.tests.factories import ModuleFactory
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as, acting_as_service, webhook_service
from skillbridge_backend.core.errors import InvalidInput, NotFound
from users.tests.factories import ProfileFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_bulk_insert_sums_each_day() -> None:
    one, two = UserFactory.create_batch(2)
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    ProgressLog.objects.bulk_create(
        [
            ProgressLogFactory.build(user=one, occurred_at=at, minutes=10),
            ProgressLogFactory.build(user=one, occurred_at=at, minutes=None, kind=LogKind.MODULE_COMPLETED),
            ProgressLogFactory.build(user=one, occurred_at=at, minutes=None, kind=LogKind.MODULE_REOPENED),
            ProgressLogFactory.build(
                user=one, occurred_at=at, minutes=None, kind=LogKind.PULL_REQUEST_MERGED, evidence=Evidence.PULL_REQUEST
            ),
            ProgressLogFactory.build(user=one, occurred_at=at + timedelta(days=1), minutes=20),
            ProgressLogFactory.build(
                user=two, occurred_at=at, minutes=None, commits=3, kind="commits_pushed", evidence=Evidence.COMMIT
            ),
        ]
    )
    rows = DailyActivity.objects.order_by("user_id", "day").values_list(
        "user_id", "day", "entries", "minutes", "commits", "pull_requests", "modules_completed"
    )
    assert list(rows) == [
        (one.pk, date(2026, 3, 2), 3, 10, 0, 1, 1),
        (one.pk, date(2026, 3, 3), 1, 20, 0, 0, 0),
        (two.pk, date(2026, 3, 2), 1, 0, 3, 0, 0),
    ]


def test_roll_up_repairs_sums_and_then_finds_nothing(drain_outbox: Callable[[], list[str]]) -> None:
    ProgressLogFactory(minutes=10)
    ProgressLogFactory(minutes=10, occurred_at=timezone.now() - timedelta(days=60))
    DailyActivity.objects.update(minutes=99)
    with acting_as_service():
        assert AnalyticsService.roll_up_days() == 1
        assert AnalyticsService.roll_up_days() == 0
    assert sorted(DailyActivity.objects.values_list("minutes", flat=True)) == [10, 99]
    DailyActivity.objects.all().delete()
    with transaction.atomic():
        outbox.publish("progress.roll_up_days", payload={})
    drain_outbox()
    assert DailyActivity.objects.get().minutes == 10


@pytest.mark.parametrize(
    "statement", ["UPDATE progress_progresslog SET minutes = 1", "DELETE FROM progress_progresslog"]
)
def test_log_is_append_only_for_learners_and_service(statement: str) -> None:
    entry = ProgressLogFactory()
    for rights in (acting_as(entry.user_id), acting_as_service()):
        with pytest.raises(ProgrammingError, match="permission denied"), rights:
            run(statement)


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": 0},
        {"minutes": 1441},
        {"kind": "slept"},
        {"evidence": "rumour"},
        {"evidence": Evidence.COMMIT},
    ],
)
def test_database_refuses_impossible_entries(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressLogFactory(**fields)


def test_external_id_counts_once() -> None:
    ProgressLogFactory(external_id="github:octo/hello:a")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressLogFactory(external_id="github:octo/hello:a")


def test_database_refuses_a_name_that_is_no_repository() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RepositoryFactory(full_name="no slash")


def test_module_signals_append_to_the_owners_log() -> None:
    module = ModuleFactory()
    ProfileFactory(user=module.roadmap.owner, time_zone="Asia/Tokyo")
    module_completed.send(type(module), module=module, actor=module.roadmap.owner)
    module_reopened.send(type(module), module=module, actor=UserFactory(handle="ada"))
    completed, reopened = ProgressLog.objects.order_by("id")
    assert (completed.kind, reopened.kind) == (LogKind.MODULE_COMPLETED, LogKind.MODULE_REOPENED)
    assert completed.user == reopened.user == module.roadmap.owner
    assert (completed.module_id, completed.skill, completed.time_zone) == (module.pk, module.skill, "Asia/Tokyo")
    assert "by" not in completed.data
    assert reopened.data["by"] == "ada"


def test_learner_may_append_through_the_receivers() -> None:
    module = ModuleFactory()
    owner = module.roadmap.owner
    with acting_as(owner.pk):
        module_completed.send(type(module), module=module, actor=owner)
    assert ProgressLog.objects.count() == 1


@pytest.mark.parametrize(("minutes", "note"), [(0, ""), (1441, ""), (1, "x" * 501)])
def test_service_checks_what_the_form_checks(minutes: int, note: str) -> None:
    with pytest.raises(InvalidInput):
        ProgressService.log_work(actor=UserFactory(), minutes=minutes, note=note)


def test_rows_are_named_for_people() -> None:
    entry = ProgressLogFactory()
    assert str(entry).startswith("manual by")
    assert str(RepositoryFactory(full_name="octo/hello")) == "octo/hello"
    assert str(DailyActivity.objects.get()).startswith(str(entry.user_id))


# --- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["webhook_secret", "previous_secret"])
def test_owner_cannot_read_the_secrets_of_their_repositories(column: str) -> None:
    repository = RepositoryFactory()
    with acting_as(repository.owner_id):
        assert Repository.objects.without_secrets().get() == repository
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(repository.owner_id):
        list(Repository.objects.values_list(column))


def test_secret_is_rotated_by_the_owner_alone_and_while_it_is_connected() -> None:
    repository = RepositoryFactory()
    for person in (UserFactory(), UserFactory(role="admin")):
        with pytest.raises(NotFound), acting_as(person.pk):
            RepositoryService.rotate_secret(actor=repository.owner, repository_id=repository.pk)
    Repository.objects.update(disconnected_at=timezone.now())
    with pytest.raises(NotFound), acting_as(repository.owner_id):
        RepositoryService.rotate_secret(actor=repository.owner, repository_id=repository.pk)
    repository.refresh_from_db()
    assert (repository.webhook_secret, repository.previous_secret) == (SECRET, "")


def test_intake_of_webhooks_sees_connected_repositories_and_their_deliveries_only() -> None:
    open_one, closed = WebhookDeliveryFactory(), WebhookDeliveryFactory(repository__disconnected_at=timezone.now())
    with webhook_service():
        assert list(Repository.objects.all()) == [open_one.repository]
        assert list(WebhookDelivery.objects.values_list("id", flat=True)) == [open_one.pk]
        WebhookDeliveryFactory(repository=open_one.repository)
    with pytest.raises(ProgrammingError, match="row-level security"), webhook_service():
        WebhookDeliveryFactory(repository=closed.repository)
    with pytest.raises(ProgrammingError, match="permission denied"), webhook_service():
        Repository.objects.update(disconnected_at=None)
