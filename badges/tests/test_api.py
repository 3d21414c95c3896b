"""Badges, awards, points and leaderboards over HTTP, and who may see them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from badges.models import Award, Badge, MetricTotal, PointsEntry
from badges.services import BadgeService
from badges.tests.booking import book, rows
from badges.tests.factories import BadgeFactory, PointsRuleFactory
from roadmaps.tests.factories import RoadmapFactory
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import Role
from users.models import User
from users.tests.factories import TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]
BOARD = "/api/v1/leaderboard/"


@pytest.fixture
def user() -> User:
    """Has completed three modules, at twenty points each."""
    PointsRuleFactory()
    user: User = UserFactory(handle="ada")
    book(user, "modules_completed", 3, "three")
    return user


def test_badges_show_progress_and_what_is_missing(api_as: ApiAs, user: User) -> None:
    BadgeFactory(
        slug="ten",
        criteria=[
            [{"metric": "votes_received", "at_least": 100}],
            [{"metric": "modules_completed", "at_least": 10}, {"metric": "points", "at_least": 60}],
        ],
    )
    row = api_as(user).get("/api/v1/badges/ten/").json()
    assert row["progress"] == 0.65
    assert row["awarded_at"] is None
    assert row["steps"] == [
        {"metric": "modules_completed", "at_least": 10, "amount": 3, "missing": 7},
        {"metric": "points", "at_least": 60, "amount": 60, "missing": 0},
    ]
    assert api_as(user).get("/api/v1/badges/").json()["results"] == [row]


def test_held_badge_is_complete_and_stays_listed_when_inactive(api_as: ApiAs, user: User) -> None:
    badge = BadgeFactory()
    book(user, "votes_received", 1, "evaluates")
    BadgeFactory(is_active=False)
    Badge.objects.filter(pk=badge.pk).update(is_active=False)
    (row,) = api_as(user).get("/api/v1/badges/").json()["results"]
    assert (row["slug"], row["progress"], row["is_active"]) == (badge.slug, 1.0, False)
    assert row["awarded_at"]


def test_own_awards_show_reason_and_revocation_and_others_only_what_is_held(api_as: ApiAs, user: User) -> None:
    BadgeFactory(slug="held")
    gone = BadgeFactory(slug="gone")
    book(user, "votes_received", 1, "evaluates")
    award = Award.objects.get(badge=gone)
    BadgeService.revoke(actor=UserFactory(role="admin"), award_id=award.pk, reason="Copied work")
    own = api_as(user).get("/api/v1/awards/").json()["results"]
    assert {row["badge"]["slug"]: row["revoke_reason"] for row in own} == {"held": "", "gone": "Copied work"}
    assert own[0]["reason"]["conditions"][0]["amount"] == 3
    public = api_as(UserFactory()).get("/api/v1/users/ada/awards/").json()["results"]
    assert [(row["badge"]["slug"], "reason" in row) for row in public] == [("held", False)]


def test_points_show_total_level_and_ledger(api_as: ApiAs, user: User) -> None:
    book(user, "modules_completed", 2, "two")
    answer = api_as(user).get("/api/v1/points/").json()
    assert (answer["total"], answer["level"]) == (100, {"number": 2, "begins_at": 100, "next_at": 300})
    assert answer["metrics"] == {"modules_completed": 5}
    assert [row["points"] for row in answer["results"]] == [40, 60]


def test_leaderboard_ranks_a_period_and_shows_ones_own_place(api_as: ApiAs, user: User) -> None:
    first, equal, last = UserFactory.create_batch(3)
    book(first, "modules_completed", 9, "a")
    book(equal, "modules_completed", 3, "b")
    book(last, "modules_completed", 1, "c")
    UserFactory()
    # By hand, as the owner of the table: the ledger itself lets nobody date an entry back.
    PointsEntry.objects.filter(user=first).update(created_at=timezone.now() - timedelta(days=40))
    rows("SELECT private.badges_add_up(%s::uuid[], ARRAY['points'])", [first.pk])
    client = api_as(last)

    def board(**query: Any) -> list[tuple[int, str, bool]]:
        response = client.get(BOARD, query)
        assert response.status_code == 200, response.content
        return [(row["rank"], row["handle"], row["is_me"]) for row in response.json()["results"]]

    here = [(1, "ada", False), (1, equal.handle, False), (3, last.handle, True)]
    assert board(period="month") == board(period="week") == board() == here
    assert board(period="all")[0] == (1, first.handle, False)
    assert board(period="all", limit=1) == [(1, first.handle, False), (4, last.handle, True)]
    assert board(period="all", track=RoadmapFactory(owner=equal, track=TrackFactory()).track.slug) == [
        (1, equal.handle, False)
    ]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert (1, "ada", False) not in board()


@pytest.mark.parametrize("query", [{"period": "year"}, {"limit": "0"}, {"limit": "101"}, {"track": "unknown"}])
def test_leaderboard_names_the_wrong_parameter(api_as: ApiAs, query: dict[str, str]) -> None:
    response = api_as(UserFactory()).get(BOARD, query)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == list(query)


SURFACE = [
    ("get", "/api/v1/badges/", 200, 200),
    ("post", "/api/v1/badges/", 405, 405),
    ("get", "/api/v1/badges/{slug}/", 200, 200),
    ("delete", "/api/v1/badges/{slug}/", 405, 405),
    ("get", "/api/v1/badges/unknown/", 404, 404),
    ("get", "/api/v1/awards/", 200, 200),
    ("get", "/api/v1/awards/{award}/", 200, 404),
    ("patch", "/api/v1/awards/{award}/", 405, 405),
    ("get", "/api/v1/users/ada/awards/", 200, 200),
    ("get", "/api/v1/users/nobody/awards/", 404, 404),
    ("get", "/api/v1/points/", 200, 200),
    ("post", "/api/v1/points/", 405, 405),
    ("get", "/api/v1/leaderboard/", 200, 200),
]


@pytest.mark.parametrize(("verb", "path", "own", "foreign"), SURFACE)
def test_surface(api: ApiClient, api_as: ApiAs, user: User, verb: str, path: str, own: int, foreign: int) -> None:
    badge = BadgeFactory()
    book(user, "votes_received", 1, "evaluates")
    url = path.format(slug=badge.slug, award=Award.objects.get().pk)
    assert getattr(api, verb)(url).status_code in {401, 405}
    assert getattr(api_as(user), verb)(url).status_code == own
    for role in Role:
        assert getattr(api_as(UserFactory(role=role)), verb)(url).status_code == foreign, role


def test_visible_to_by_role(user: User) -> None:
    BadgeFactory()
    book(user, "votes_received", 1, "evaluates")
    for model in (Badge, Award, PointsEntry, MetricTotal):
        assert not model.objects.visible_to(AnonymousUser()).exists()
        assert model.objects.visible_to(user).exists()
        assert model.objects.visible_to(UserFactory(role="moderator")).exists()
    other = UserFactory()
    assert Award.objects.visible_to(other).exists()
    assert not PointsEntry.objects.visible_to(other).exists()
    assert not MetricTotal.objects.visible_to(other).exists()
    assert not Award.objects.owned_by(AnonymousUser()).exists()
    assert not PointsEntry.objects.owned_by(AnonymousUser()).exists()
