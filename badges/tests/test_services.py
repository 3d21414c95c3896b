"""Preview, back-fill, revoking, earning again, bookings by hand, criteria, levels and the catalogue."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from badges.criteria import validate_criteria
from badges.enums import Metric, Period
from badges.exceptions import AwardAlreadyRevoked, BadgeInactive
from badges.levels import level_of, points_of_level
from badges.models import Award, Badge, PointsRule
from badges.services import BadgeService, GamificationService
from badges.services.catalogue import load_catalogue
from badges.services.gamification import period_starts_on
from badges.tests.booking import book
from badges.tests.factories import BadgeFactory
from skillbridge_backend.core.catalogue import CatalogueError
from skillbridge_backend.core.errors import InvalidInput, NotFound, PermissionDenied
from skillbridge_backend.core.ids import new_id
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    user: User = UserFactory(role="admin")
    return user


def test_preview_names_who_would_get_it_and_back_fill_gives_it(admin: User) -> None:
    user = UserFactory()
    book(user, "modules_completed", 1, "a")
    badge = BadgeFactory(is_active=False)
    preview = BadgeService.preview(actor=admin, badge=badge)
    assert (preview.count, preview.sample) == (1, [user.handle])
    assert not Award.objects.exists()
    with pytest.raises(BadgeInactive):
        BadgeService.back_fill(actor=admin, badge=badge)
    badge.is_active = True
    badge.save()
    assert BadgeService.back_fill(actor=admin, badge=badge) == 1
    assert BadgeService.back_fill(actor=admin, badge=badge) == 0
    assert Award.objects.get().user == user


def test_revoked_badge_is_earned_again_by_new_work_only(admin: User) -> None:
    badge = BadgeFactory(criteria=[[{"metric": "modules_completed", "at_least": 2}]])
    user = UserFactory()
    book(user, "modules_completed", 2, "a")
    award = BadgeService.revoke(actor=admin, award_id=Award.objects.get().pk, reason="  Copied ")
    assert (award.revoked_by, award.revoke_reason) == (admin, "Copied")
    book(user, "modules_completed", 1, "b")
    assert Award.objects.held().count() == 0
    (step,) = BadgeService.progress(actor=user, badge=badge).steps
    assert (step.amount, step.missing) == (1, 1)
    book(user, "modules_completed", 1, "c")
    again = Award.objects.held().get()
    assert again.seq == 2
    assert again.reason["counted_since"]


def test_award_is_revoked_once_and_for_a_reason(admin: User) -> None:
    BadgeFactory()
    book(UserFactory(), "modules_completed", 1, "a")
    award = Award.objects.get()
    with pytest.raises(InvalidInput):
        BadgeService.revoke(actor=admin, award_id=award.pk, reason=" ")
    with pytest.raises(NotFound):
        BadgeService.revoke(actor=admin, award_id=new_id(), reason="x")
    BadgeService.revoke(actor=admin, award_id=award.pk, reason="x")
    with pytest.raises(AwardAlreadyRevoked):
        BadgeService.revoke(actor=admin, award_id=award.pk, reason="x")


@pytest.mark.parametrize("role", ["learner", "mentor", "moderator"])
def test_only_admins_may(role: str) -> None:
    actor, badge = UserFactory(role=role), BadgeFactory()
    with pytest.raises(PermissionDenied):
        BadgeService.preview(actor=actor, badge=badge)
    with pytest.raises(PermissionDenied):
        BadgeService.back_fill(actor=actor, badge=badge)
    with pytest.raises(PermissionDenied):
        BadgeService.revoke(actor=actor, award_id=new_id(), reason="x")
    with pytest.raises(PermissionDenied):
        GamificationService.book_manual(actor=actor, user=actor, points=1, note="x")


def test_points_by_hand_are_bookings_like_others(admin: User) -> None:
    user = UserFactory()
    BadgeFactory(criteria=[[{"metric": "points", "at_least": 100}]])
    GamificationService.book_manual(actor=admin, user=user, points=150, note="Gave a talk")
    GamificationService.book_manual(actor=admin, user=user, points=-20, note="Too much")
    assert GamificationService.standing(actor=user).total == 130
    assert Award.objects.get().user == user


@pytest.mark.parametrize(("points", "note"), [(0, "x"), (10_001, "x"), (-10_001, "x"), (1, " "), (1, "x" * 301)])
def test_points_by_hand_have_bounds_and_a_note(admin: User, points: int, note: str) -> None:
    with pytest.raises(InvalidInput):
        GamificationService.book_manual(actor=admin, user=UserFactory(), points=points, note=note)


def test_leaderboard_has_at_most_a_hundred_places(admin: User) -> None:
    with pytest.raises(InvalidInput):
        GamificationService.leaderboard(actor=admin, period=Period.ALL, places=101)


def test_periods_begin_at_midnight_utc() -> None:
    now = datetime(2026, 3, 12, 15, 30, tzinfo=UTC)
    assert period_starts_on(Period.WEEK, now=now) == date(2026, 3, 9)
    assert period_starts_on(Period.MONTH, now=now) == date(2026, 3, 1)
    assert period_starts_on(Period.ALL, now=now) is None


@given(points=st.integers(-1000, 10_000_000))
def test_level_holds_its_points(points: int) -> None:
    level = level_of(points)
    assert level.begins_at <= max(0, points) < level.next_at
    assert level.number >= 1
    assert points_of_level(level.number) == level.begins_at


ONE = {"metric": "points", "at_least": 1}


@pytest.mark.parametrize(
    "criteria",
    [
        None, {}, [], [[]], [ONE], [[{}]], [["x"]], [[ONE | {"more": 1}]], [[ONE | {"metric": "naps"}]],
        [[ONE | {"at_least": 0}]], [[ONE | {"at_least": True}]], [[ONE | {"at_least": 1.5}]],
        [[ONE | {"at_least": 10_000_001}]], [[ONE, ONE]], [[ONE]] * 11, [[ONE] * 11],
    ],
)  # fmt: skip
def test_criteria_of_another_form_are_refused(criteria: Any) -> None:
    with pytest.raises(ValidationError):
        validate_criteria(criteria)


def test_catalogue_loads_and_a_repeat_changes_nothing() -> None:
    badges, rules = load_catalogue()
    assert (badges.created, rules.created) == (25, len(Metric.values))
    Badge.objects.filter(slug="first-module").update(name="Changed", is_active=False)
    again, _ = load_catalogue()
    assert (again.created, again.updated, again.unchanged) == (0, 1, 24)
    assert not Badge.objects.get(slug="first-module").is_active
    assert load_catalogue()[0].updated == 0
    assert PointsRule.objects.get(metric="modules_completed").points == 20


def test_catalogue_with_faults_names_every_one_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "badges.json").write_text(
        '[{"slug": "a"}, {"slug": "b", "name": "B", "description": "b", "tier": "tin", "criteria": []}]'
    )
    (tmp_path / "points.json").write_text('[{"metric": "points", "points": 1}, {"metric": "points", "points": 2}]')
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path)
    text = str(caught.value)
    for part in (
        "entry 1: must have exactly",
        "entry 2: tier",
        "entry 2: criteria",
        "'points' comes twice",
        "no rule for",
    ):
        assert part in text
    assert not Badge.objects.exists()
    (tmp_path / "badges.json").write_text("{}")
    with pytest.raises(CatalogueError, match="must be a list"):
        load_catalogue(tmp_path)
