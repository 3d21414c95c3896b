"""The admin pages of badges and progress, rendered by Django's own client on the admin's routes."""

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from django.urls import clear_url_caches, reverse

from badges.models import Award, PointsEntry
from badges.tests.booking import book
from badges.tests.factories import BadgeFactory, PointsRuleFactory
from progress.tests.factories import SECRET, ProgressLogFactory, WebhookDeliveryFactory
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SESSIONS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)


@pytest.fixture
def admin() -> Iterator[Client]:
    client = Client()
    client.force_login(UserFactory(role="admin", is_staff=True, is_superuser=True))
    with override_settings(ROOT_URLCONF="skillbridge_backend.urls_admin", MIDDLEWARE=SESSIONS):
        clear_url_caches()
        yield client
    clear_url_caches()


@pytest.fixture
def user() -> User:
    """Holds a badge, has logged work, and has a delivery."""
    PointsRuleFactory()
    BadgeFactory(slug="first")
    user: User = UserFactory(handle="ada")
    book(user, "modules_completed", 1, "a")
    WebhookDeliveryFactory(repository__owner=user)
    ProgressLogFactory(user=user)
    return user


@pytest.mark.parametrize(
    "page",
    [
        "badges_badge", "badges_award", "badges_pointsrule", "badges_pointsentry", "badges_metrictotal",
        "progress_progresslog", "progress_repository", "progress_webhookdelivery", "progress_dailyactivity",
    ],
)  # fmt: skip
def test_list_and_row_are_shown_and_hold_no_secret(admin: Client, user: User, page: str) -> None:
    app, model = page.split("_")
    from django.apps import apps

    assert admin.get(reverse(f"admin:{page}_changelist"), {"q": ""}).status_code == 200
    row = apps.get_model(app, model)._default_manager.order_by("pk").first()
    response = admin.get(reverse(f"admin:{page}_change", args=[row.pk]))
    assert response.status_code == 200
    assert SECRET not in response.content.decode()
    assert admin.post(reverse(f"admin:{page}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_actions_preview_and_back_fill(admin: Client, user: User) -> None:
    later, inactive = BadgeFactory(slug="later"), BadgeFactory(slug="inactive", is_active=False)
    url = reverse("admin:badges_badge_changelist")
    chosen = [str(later.pk), str(inactive.pk)]
    shown = admin.post(url, {"action": "preview", "_selected_action": chosen}, follow=True).content.decode()
    assert f"{later.name}: 1 would get it: ada" in shown
    assert not Award.objects.filter(badge=later).exists()
    shown = admin.post(url, {"action": "back_fill", "_selected_action": chosen}, follow=True).content.decode()
    assert f"{later.name}: awarded to 1" in shown
    assert f"{inactive.name}: This badge is not active" in shown
    assert Award.objects.filter(badge=later, user=user).exists()


def test_saving_an_award_with_a_reason_revokes_it(admin: Client, user: User) -> None:
    award = Award.objects.get()
    url = reverse("admin:badges_award_change", args=[award.pk])
    assert admin.post(url, {"revoke_reason": ""}).status_code == 200
    assert Award.objects.held().exists()
    assert admin.post(url, {"revoke_reason": "Copied"}).status_code == 302
    award.refresh_from_db()
    assert (award.revoke_reason, bool(award.revoked_at), award.revoked_by is not None) == ("Copied", True, True)
    assert admin.post(url, {"revoke_reason": "Again"}).status_code == 403


def test_points_are_booked_by_hand(admin: Client, user: User) -> None:
    url = reverse("admin:badges_pointsentry_add")
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"user": user.pk, "points": 0, "note": "x"}).status_code == 200
    assert admin.post(url, {"user": user.pk, "points": 7, "note": "Talk"}).status_code == 302
    entry = PointsEntry.objects.get(source_type="manual")
    assert (entry.user, entry.points, entry.note) == (user, 7, "Talk")
    assert str(entry).startswith("points +7")
