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
from skillbridge_backend.core.access import DatabaseRole, acting_as, acting_as_service, enter_role, webhook_service
from skillbridge_backend.core.errors import InvalidInput, NotFound
from skillbridge_backend.core.tests.races import write_at_once
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


# --- limits of what people enter themselves ---------------------------------------------------------------------------


def refused(constraint: str) -> "pytest.RaisesExc[IntegrityError]":
    return pytest.raises(
        IntegrityError,
        check=lambda error: getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == constraint,
    )


@pytest.mark.parametrize("away", [timedelta(days=-31), timedelta(hours=1)])
def test_work_of_other_times_is_refused(away: timedelta) -> None:
    user = UserFactory()
    entry = ProgressLogFactory.build(user=user, occurred_at=timezone.now() + away)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(user.pk):
        entry.save(force_insert=True)
    entry.occurred_at = timezone.now() - timedelta(days=29)
    with acting_as(user.pk):
        entry.save(force_insert=True)


def test_day_has_24_hours_in_one_statement_too() -> None:
    user, at = UserFactory(), timezone.now()
    with acting_as(user.pk):
        ProgressLogFactory(user=user, occurred_at=at, minutes=1000)
    with refused("log_day_of_24_hours"), acting_as(user.pk):
        ProgressLog.objects.bulk_create(ProgressLogFactory.build(user=user, occurred_at=at, minutes=221) for _ in "ab")
    with acting_as(user.pk):
        ProgressLog.objects.bulk_create(ProgressLogFactory.build(user=user, occurred_at=at, minutes=220) for _ in "ab")


def test_completed_module_is_no_matter_of_minutes() -> None:
    user, at = UserFactory(), timezone.now()
    ProgressLog.objects.bulk_create(ProgressLogFactory.build(user=user, occurred_at=at, minutes=1440) for _ in "ab")
    with acting_as(user.pk):
        ProgressLogFactory(user=user, occurred_at=at, kind=LogKind.MODULE_COMPLETED, minutes=None)


def test_twenty_first_repository_is_refused_and_one_that_was_disconnected_makes_room() -> None:
    owner = UserFactory()
    with acting_as(owner.pk):
        connected = RepositoryFactory.create_batch(20, owner=owner)
    with refused("repository_to_20"), acting_as(owner.pk):
        RepositoryFactory(owner=owner)
    with acting_as(owner.pk):
        Repository.objects.filter(pk=connected[0].pk).update(disconnected_at=timezone.now())
        RepositoryFactory(owner=owner)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_keep_to_the_limits() -> None:
    owner, at = UserFactory(), timezone.now()
    RepositoryFactory.create_batch(19, owner=owner)

    def as_owner(write: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> None:
            enter_role(DatabaseRole.AUTHENTICATED, user_id=owner.pk)
            write()

        return run

    work = as_owner(lambda: ProgressLogFactory(user=owner, occurred_at=at, minutes=800))
    assert write_at_once(work, work).count("refused") == 1
    connect = as_owner(lambda: RepositoryFactory(owner=owner))
    assert write_at_once(connect, connect).count("refused") == 1
