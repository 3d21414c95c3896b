"""No index lies idle: each is read by a request, by the admin, by a task of the timetable, or by the relay.

Those that begin with a foreign key are left out: they serve the deletion of the row that the key points to, and must be
there (tests/architecture/test_indexes.py). So are those of unique and exclusion constraints.
"""

from collections.abc import Callable
from datetime import timedelta

from celery import current_app
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bench.hot_requests import HOT, cast_of_this_world
from progress.models import WebhookDelivery
from roadmaps.metrics import LinkCollector
from roadmaps.models import ModelSpending
from roadmaps.services import LinkService
from roadmaps.tests.factories import ModelSpendingFactory
from skillbridge_backend.core import outbox, relay
from skillbridge_backend.core.beat import TIMETABLE
from skillbridge_backend.core.dead_letters import dead_letters
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import DeadLetterFate, InboxReceipt, Tick
from skillbridge_backend.scale.seeding import Seeding
from tests.policies.access import ADMIN, LEARNER, MENTOR, MODERATOR
from tests.policies.calls import calls, client_as, client_of, stage
from tests.policies.world import World, build_world
from tests.scale.test_lists import LISTS
from users.clients import Client
from users.models import AuditEntry
from users.services import AccountService
from users.tests.factories import PASSWORD

MANY = 1000
SCANS = """
    SELECT i.indexrelid::regclass::text, pg_stat_get_xact_numscans(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(django|auth)_|^users_user_' AND c.relkind = 'r'
      AND NOT i.indisunique AND NOT i.indisexclusion
      AND NOT EXISTS (SELECT FROM pg_constraint f
                      WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conkey[1] = i.indkey[0])
"""
"""What `pg_stat_user_indexes` will count of this transaction, which is never committed."""


def test_every_index_is_read(
    seeded: Seeding, django_db_blocker: DjangoDbBlocker, drain_outbox: Callable[[], list[str]]
) -> None:
    with django_db_blocker.unblock(), transaction.atomic():
        world = build_world()
        with connection.cursor() as cursor:
            # Whole tables of so few rows are read faster than any index.
            cursor.execute("SET LOCAL enable_seqscan = off")
        before = scans()
        for ask in (requests_of_everybody, requests_that_are_frequent, searches_of_admins, work_of_the_background):
            with transaction.atomic():
                ask(world, drain_outbox)
                transaction.set_rollback(True)
        idle = sorted(name for name, count in scans().items() if count == before[name])
        transaction.set_rollback(True)

    assert idle == []


def scans() -> dict[str, int]:
    """How often each index was read in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(SCANS)
        return dict(cursor.fetchall())


def requests_of_everybody(world: World, _: Callable[[], list[str]]) -> None:
    """Every verb of every route, undone after each."""
    staged = stage(world)
    for identity in (LEARNER, MENTOR, MODERATOR, ADMIN):
        client = client_of(world, identity)
        for call in calls(world, staged):
            with transaction.atomic():
                with transaction.atomic():
                    getattr(client, call.verb)(call.url, call.body, format=call.format)
                transaction.set_rollback(True)


def requests_that_are_frequent(world: World, _: Callable[[], list[str]]) -> None:
    """The lists and the most frequent reads, in the seeded world; a sign-up."""
    cast = cast_of_this_world()
    for ask in (*HOT.values(), *LISTS.values()):
        actor, path = ask(cast)
        with transaction.atomic():
            response = client_as(actor).get(f"/api/v1/{path}")
            assert response.status_code == 200
            transaction.set_rollback(True)
    AccountService().sign_up(email="new@example.org", password=PASSWORD, display_name="New", client=Client())


def searches_of_admins(world: World, _: Callable[[], list[str]]) -> None:
    """What admins look for in what grows; and what happened to an account, as its owner may ask in SQL."""
    list(AuditEntry.objects.about(world.learner.handle))
    list(AuditEntry.objects.events().filter(user_id=world.learner.pk).order_by("-occurred_at"))
    list(DeadLetterFate.objects.filter(message_id=world.learner.pk))
    list(DeadLetterFate.objects.order_by("-decided_at")[:10])


def work_of_the_background(_: World, drain_outbox: Callable[[], list[str]]) -> None:
    """The tasks of the timetable, the relay, the metrics, the dead letters; a webhook."""
    long_ago = timezone.now() - timedelta(days=400)
    Tick.objects.bulk_create(Tick(job="tests", slot=long_ago + timedelta(hours=n)) for n in range(MANY))
    InboxReceipt.objects.bulk_create(InboxReceipt(message_id=new_id()) for _ in range(MANY))
    ModelSpending.objects.bulk_create(ModelSpendingFactory.build_batch(MANY, owner=None))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE core_tick, core_inbox, roadmaps_modelspending")
    current_app.loader.import_default_modules()
    for topic in TIMETABLE:
        outbox.publish(topic, payload={})
    relay._claim(dict.fromkeys(TIMETABLE, 10))
    drain_outbox()
    list(dead_letters())
    LinkService().take_due(most=MANY)
    ModelSpending.objects.total_of(timezone.now().date())  # before a model is asked
    with override_settings(LINK_CHECKS=True):
        list(LinkCollector().collect())
    list(WebhookDelivery.objects.same_body(event="push", body_hash="0" * 64, since=timezone.now()))
