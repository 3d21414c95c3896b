"""Ledger, totals, awards and their sources in the database, under bulk and raw SQL, random work and real races."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badges.models import Award, Badge, MetricTotal, PointsEntry, PointsRule
from badges.tests.booking import assert_totals_equal_recomputation, book, rows
from badges.tests.factories import BadgeFactory, PointsRuleFactory
from notifications.models import Notification
from progress.enums import Evidence, LogKind
from progress.models import ProgressLog
from progress.tests.factories import ProgressLogFactory, RepositoryFactory
from roadmaps.enums import ModuleStatus
from roadmaps.models import Module, Roadmap
from roadmaps.tests.factories import ModuleFactory, RoadmapFactory
from skillbridge_backend.core.access import acting_as, acting_as_service
from users.models import Skill, User
from users.tests.factories import SkillFactory, UserFactory

pytestmark = pytest.mark.django_db
DONE = ModuleStatus.COMPLETED


def totals(user: User) -> dict[str, int]:
    return {metric: amount for metric, amount in MetricTotal.objects.amounts_of(user).items() if amount}


def test_booking_moves_totals_awards_and_tells_once() -> None:
    PointsRuleFactory()
    badge = BadgeFactory()
    user = UserFactory()
    for _ in range(2):
        book(user, "modules_completed", 1, "once")
    assert totals(user) == {"modules_completed": 1, "points": 20}
    award = Award.objects.get()
    assert (award.badge, award.user, award.seq) == (badge, user, 1)
    assert award.reason["conditions"] == [{"metric": "modules_completed", "at_least": 1, "amount": 1}]
    told = Notification.objects.get(kind="badge_awarded")
    assert (told.recipient, told.data["title"]) == (user, badge.name)


def test_metric_without_a_rule_is_counted_without_points() -> None:
    user = UserFactory()
    book(user, "votes_received", 3, "a")
    assert totals(user) == {"votes_received": 3}


def test_unknown_metric_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        book(UserFactory(), "naps_taken", 1, "a")


@pytest.mark.parametrize(
    ("booked", "is_awarded"),
    [
        ({"learners_mentored": 9}, False),
        ({"learners_mentored": 10}, True),
        ({"solutions_accepted": 10}, False),
        ({"solutions_accepted": 10, "votes_received": 99}, False),
        ({"solutions_accepted": 10, "votes_received": 100}, True),
    ],
)
def test_groups_are_alternatives_and_conditions_come_together(booked: dict[str, int], is_awarded: bool) -> None:
    BadgeFactory(
        criteria=[
            [{"metric": "learners_mentored", "at_least": 10}],
            [{"metric": "solutions_accepted", "at_least": 10}, {"metric": "votes_received", "at_least": 100}],
        ]
    )
    user = UserFactory()
    for metric, amount in booked.items():
        book(user, metric, amount, metric)
    assert Award.objects.exists() == is_awarded


def test_inactive_badge_is_awarded_to_nobody() -> None:
    BadgeFactory(is_active=False)
    book(UserFactory(), "modules_completed", 5, "a")
    assert not Award.objects.exists()


def test_completing_and_reopening_books_and_takes_back_to_the_point() -> None:
    rule = PointsRuleFactory()
    roadmap = RoadmapFactory()
    ModuleFactory(roadmap=roadmap)
    module = ModuleFactory(roadmap=roadmap, status=DONE)
    owner = module.roadmap.owner
    assert totals(owner) == {"modules_completed": 1, "points": 20}
    PointsRule.objects.filter(pk=rule.pk).update(points=50)
    Module.objects.filter(pk=module.pk).update(status=ModuleStatus.IN_PROGRESS, completed_at=None)
    assert totals(owner) == {}
    Module.objects.filter(pk=module.pk).update(status=DONE, completed_at=timezone.now())
    assert totals(owner) == {"modules_completed": 1, "points": 50}
    Module.objects.filter(pk=module.pk).update(title="Another title")
    assert PointsEntry.objects.filter(metric="modules_completed").count() == 3


def test_module_that_is_counted_from_another_brings_nothing() -> None:
    module = ModuleFactory()
    Module.objects.filter(pk=module.pk).update(
        status="completed", completed_at=timezone.now(), counted_from=ModuleFactory().pk
    )
    assert not PointsEntry.objects.filter(metric="modules_completed").exists()
    Module.objects.filter(pk=module.pk).update(status="in_progress", completed_at=None)
    Module.objects.filter(pk=module.pk).update(status="completed", completed_at=timezone.now())
    assert PointsEntry.objects.get(metric="modules_completed").source_id == module.pk


def test_module_that_is_counted_from_another_no_longer_brings_what_it_is_worth() -> None:
    module = ModuleFactory()
    counted = {"status": DONE, "completed_at": timezone.now(), "counted_from": ModuleFactory().pk}
    Module.objects.filter(pk=module.pk).update(**counted)
    owner = module.roadmap.owner
    Module.objects.filter(pk=module.pk).update(counted_from=None)
    assert totals(owner) == {"modules_completed": 1, "roadmaps_completed": 1}
    Module.objects.filter(pk=module.pk).update(counted_from=counted["counted_from"])
    assert totals(owner) == {"roadmaps_completed": 1}


def test_roadmap_is_booked_when_its_last_module_is_done_and_taken_back_with_it() -> None:
    module = ModuleFactory(status=DONE)
    owner = module.roadmap.owner
    assert totals(owner) == {"modules_completed": 1, "roadmaps_completed": 1}
    ModuleFactory(roadmap=module.roadmap)
    assert totals(owner) == {"modules_completed": 1}


def test_bulk_writes_settle_in_one_statement() -> None:
    PointsRuleFactory()
    first, second = RoadmapFactory.create_batch(2)
    skill = SkillFactory()
    now = timezone.now()
    Module.objects.bulk_create(
        ModuleFactory.build(roadmap=roadmap, position=number, skill=skill, status=DONE, completed_at=now)
        for roadmap in (first, second)
        for number in range(1, 31)
    )
    assert_totals_equal_recomputation()
    assert totals(first.owner)["points"] == 600
    Module.objects.filter(position__lte=10).update(status=ModuleStatus.IN_PROGRESS, completed_at=None)
    assert_totals_equal_recomputation()
    Module.objects.filter(roadmap=first).delete()
    first.delete()
    assert_totals_equal_recomputation()
    assert totals(first.owner) == {}
    assert totals(second.owner)["modules_completed"] == 20


def test_roadmap_that_changes_hands_takes_its_bookings_along() -> None:
    module = ModuleFactory(status=DONE)
    before, after = module.roadmap.owner, UserFactory()
    Roadmap.objects.filter(pk=module.roadmap_id).update(owner=after)
    assert totals(before) == {}
    assert totals(after) == {"modules_completed": 1, "roadmaps_completed": 1}


def test_log_books_minutes_commits_and_the_longest_streak() -> None:
    user = UserFactory()
    start = datetime(2026, 3, 2, 12, tzinfo=UTC)
    ProgressLog.objects.bulk_create(
        [ProgressLogFactory.build(user=user, occurred_at=start + timedelta(days=day)) for day in (0, 1, 2, 5)]
        + [
            ProgressLogFactory.build(
                user=user,
                occurred_at=start,
                minutes=None,
                commits=1,
                kind=LogKind.COMMITS_PUSHED,
                evidence=Evidence.COMMIT,
            )
        ]
    )
    assert totals(user) == {"minutes_learned": 120, "commits_pushed": 1, "streak_days": 3}
    ProgressLogFactory(user=user, occurred_at=start + timedelta(days=3))
    assert totals(user) == {"minutes_learned": 150, "commits_pushed": 1, "streak_days": 4}


def test_repository_counts_while_it_is_connected() -> None:
    repository = RepositoryFactory()
    assert totals(repository.owner) == {"repositories_connected": 1}
    repository.disconnected_at = timezone.now()
    repository.save()
    assert totals(repository.owner) == {}


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["add", "complete", "reopen", "remove", "skip", "delete"]), st.integers(0, 7)),
    max_size=25,
)


def take_step(roadmaps: list[Any], skill: Skill, operation: str, number: int) -> None:
    chosen = Module.objects.filter(roadmap__in=roadmaps, position=number + 1)
    if operation == "add":
        roadmap = roadmaps[number % 2]
        last = roadmap.modules.order_by("-position").values_list("position", flat=True).first() or 0
        ModuleFactory(roadmap=roadmap, position=last + 1, skill=skill)
    elif operation == "complete":
        chosen.update(status=DONE, completed_at=timezone.now())
    elif operation == "delete":
        chosen.delete()
    else:
        status = {"reopen": "in_progress", "remove": "removed", "skip": "skipped"}[operation]
        chosen.update(status=status, completed_at=None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_totals_equal_recomputation_after_any_work(operations: list[tuple[str, int]]) -> None:
    PointsRule.objects.get_or_create(metric="modules_completed", defaults={"points": 20})
    roadmaps = RoadmapFactory.create_batch(2)
    skill = SkillFactory()
    for operation, number in operations:
        # A step that the database refuses is no step, and books nothing.
        with contextlib.suppress(IntegrityError), transaction.atomic():
            take_step(roadmaps, skill, operation, number)
    assert_totals_equal_recomputation()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE badges_pointsentry SET points = 1000",
        "DELETE FROM badges_pointsentry",
        "UPDATE badges_metrictotal SET amount = 1000",
        "DELETE FROM badges_award",
    ],
)
def test_ledger_and_totals_are_out_of_reach(statement: str) -> None:
    user = UserFactory()
    book(user, "modules_completed", 1, "a")
    for rights in (acting_as(user.pk), acting_as_service()):
        with pytest.raises(ProgrammingError, match="permission denied"), rights, connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("call", ["private.book(%s, 'points', 9, 'x', NULL, 'k')", "private.badges_evaluate(%s)"])
def test_learner_calls_no_function_that_writes(call: str) -> None:
    user = UserFactory()
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(user.pk):
        rows(f"SELECT {call}", user.pk)


@pytest.mark.django_db(transaction=True)
def test_bookings_in_parallel_lose_nothing_and_award_once() -> None:
    PointsRuleFactory()
    BadgeFactory(criteria=[[{"metric": "modules_completed", "at_least": 20}]])
    people: list[Any] = UserFactory.create_batch(2)

    def work(number: int) -> None:
        try:
            with transaction.atomic():
                book(people[number % 2], "modules_completed" if number % 3 else "votes_received", 1, f"key-{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(work, range(90)))
    sums = rows("SELECT user_id, sum(points)::bigint FROM badges_pointsentry GROUP BY 1 ORDER BY 1")
    assert [row[1] for row in sums] == [600, 600]
    assert sums == rows("SELECT user_id, amount FROM badges_metrictotal WHERE metric = 'points' ORDER BY 1")
    assert Award.objects.count() == Badge.objects.count() * 2


def test_ranks_end_with_the_first_thousand() -> None:
    people = User.objects.bulk_create(UserFactory.build_batch(1001))
    rows(
        "INSERT INTO badges_metrictotal (id, user_id, metric, amount, points, updated_at, is_ranked)"
        " SELECT private.new_id(), person, 'points', place, place, now(), true"
        " FROM unnest(%s::uuid[]) WITH ORDINALITY AS p (person, place) RETURNING 1",
        [person.pk for person in people],
    )

    def own_place(me: User) -> tuple[Any, ...]:
        return rows("SELECT rank, points FROM private.badges_leaderboard('all', NULL, NULL, 1, %s)", me.pk)[-1]

    assert own_place(people[1]) == (1000, 2)
    assert own_place(people[0]) == (None, 1)


def ranked() -> dict[Any, bool]:
    return dict(rows("SELECT user_id, is_ranked FROM badges_metrictotal WHERE metric = 'points'"))


def test_closed_account_leaves_the_ranks_and_comes_back() -> None:
    PointsRuleFactory(points=5)
    first, second = UserFactory(), UserFactory()
    for person, units in ((first, 2), (second, 1)):
        book(person, "modules_completed", units, f"key-{person.pk}")
    board = "SELECT rank, user_id FROM private.badges_leaderboard('all', NULL, NULL, 10, %s)"
    assert rows(board, second.pk) == [(1, first.pk), (2, second.pk)]

    User.objects.filter(pk=first.pk).update(is_active=False)
    book(first, "votes_received", 1, "while closed")
    assert rows(board, second.pk) == [(1, second.pk)]
    assert ranked() == {first.pk: False, second.pk: True}

    User.objects.filter(pk=first.pk).update(is_active=True)
    assert rows(board, second.pk) == [(1, first.pk), (2, second.pk)]


@pytest.mark.parametrize("limit", [150, None])
def test_leaderboard_tells_a_person_a_hundred_places_and_their_own(limit: int | None) -> None:
    people = User.objects.bulk_create(UserFactory.build_batch(103))
    rows(
        "INSERT INTO badges_metrictotal (id, user_id, metric, amount, points, updated_at, is_ranked)"
        " SELECT private.new_id(), person, 'points', place, place, now(), true"
        " FROM unnest(%s::uuid[]) WITH ORDINALITY AS p (person, place) RETURNING 1",
        [person.pk for person in people],
    )
    board = "SELECT user_id FROM private.badges_leaderboard('all', NULL, NULL, %s, %s)"
    with acting_as(people[0].pk):
        told = [person for (person,) in rows(board, limit, people[1].pk)]
    assert told == [person.pk for person in (*people[:2:-1], people[0])]


def test_only_points_are_ranked() -> None:
    person = UserFactory()
    book(person, "modules_completed", 1, "key")
    assert rows("SELECT metric, is_ranked FROM badges_metrictotal ORDER BY metric") == [
        ("modules_completed", False),
        ("points", True),
    ]


def test_account_that_closes_awards_nothing_anew() -> None:
    person = UserFactory()
    book(person, "modules_completed", 1, "key")
    badge = BadgeFactory(criteria=[[{"metric": "modules_completed", "at_least": 1}]])
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not Award.objects.filter(badge=badge).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_closing_first", [True, False])
def test_first_booking_and_closing_at_once_leave_nobody_ranked(is_closing_first: bool) -> None:
    person = UserFactory()
    steps = [
        lambda: User.objects.filter(pk=person.pk).update(is_active=False),
        lambda: book(person, "modules_completed", 1, "key"),
    ]
    first, second = steps if is_closing_first else reversed(steps)

    def late() -> None:
        try:
            with transaction.atomic():
                second()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(late)
            # It reaches the row that the first one holds.
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        waiting.result(timeout=10)
    assert ranked() == {person.pk: False}


@pytest.mark.django_db(transaction=True)
def test_those_who_had_points_before_are_ranked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("badges.migrations.0015_ranked_before")
    monkeypatch.setattr(migration, "BATCH", 2)
    people = [*UserFactory.create_batch(4), UserFactory(is_active=False)]
    for person in people:
        book(person, "modules_completed", 1, f"key-{person.pk}")
    rows("UPDATE badges_metrictotal SET is_ranked = false RETURNING 1")

    for _ in range(2):
        migration.rank(None, connection.schema_editor())

    assert ranked() == {person.pk: person.is_active for person in people}
