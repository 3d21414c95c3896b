"""Roles by verbs: the whole surface of this app, allowed and denied."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from progress.models import DailyActivity, ProgressLog, Repository, WebhookDelivery
from progress.tests.factories import ProgressLogFactory, WebhookDeliveryFactory
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import Role
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

# verb, path, status for the owner, for learners and mentors, for moderators and admins
SURFACE = [
    ("get", "/api/v1/progress/log/", 200, 200, 200),
    ("post", "/api/v1/progress/log/", 400, 400, 400),
    ("get", "/api/v1/progress/log/{entry}/", 200, 404, 200),
    ("patch", "/api/v1/progress/log/{entry}/", 405, 405, 405),
    ("put", "/api/v1/progress/log/{entry}/", 405, 405, 405),
    ("delete", "/api/v1/progress/log/{entry}/", 405, 405, 405),
    ("get", "/api/v1/progress/streak/", 200, 200, 200),
    ("get", "/api/v1/progress/stats/", 200, 200, 200),
    ("get", "/api/v1/progress/repositories/", 200, 200, 200),
    ("post", "/api/v1/progress/repositories/", 400, 400, 400),
    ("get", "/api/v1/progress/repositories/{repository}/", 200, 404, 404),
    ("post", "/api/v1/progress/repositories/{repository}/rotate-secret/", 200, 404, 404),
    ("patch", "/api/v1/progress/repositories/{repository}/", 405, 405, 405),
    ("get", "/api/v1/progress/deliveries/", 200, 200, 200),
    ("get", "/api/v1/progress/deliveries/{delivery}/", 200, 404, 404),
    ("post", "/api/v1/progress/deliveries/", 405, 405, 405),
    ("delete", "/api/v1/progress/deliveries/{delivery}/", 405, 405, 405),
]


@pytest.mark.parametrize(("verb", "path", "own", "foreign", "moderating"), SURFACE)
def test_surface(api: ApiClient, api_as: ApiAs, verb: str, path: str, own: int, foreign: int, moderating: int) -> None:
    delivery = WebhookDeliveryFactory()
    owner = delivery.repository.owner
    entry = ProgressLogFactory(user=owner)
    url = path.format(entry=entry.pk, repository=delivery.repository_id, delivery=delivery.pk)
    assert getattr(api, verb)(url).status_code in {401, 405}
    for role in Role:
        expected = moderating if role in {Role.MODERATOR, Role.ADMIN} else foreign
        assert getattr(api_as(UserFactory(role=role)), verb)(url).status_code == expected, role
    assert getattr(api_as(owner), verb)(url).status_code == own


def test_only_the_owner_disconnects(api_as: ApiAs) -> None:
    repository = WebhookDeliveryFactory().repository
    url = f"/api/v1/progress/repositories/{repository.pk}/"
    for role in Role:
        assert api_as(UserFactory(role=role)).delete(url).status_code == 404
    assert api_as(repository.owner).delete(url).status_code == 204


def test_nobody_sees_nothing() -> None:
    ProgressLogFactory(user=WebhookDeliveryFactory().repository.owner)
    for model in (ProgressLog, Repository, WebhookDelivery, DailyActivity):
        assert model.objects.exists()
        assert not model.objects.visible_to(AnonymousUser()).exists()
    assert not ProgressLog.objects.owned_by(AnonymousUser()).exists()
