"""Reports of resources: once while open, the next check brought forward, decided in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from roadmaps.enums import LinkState
from roadmaps.models import Resource, ResourceReport
from roadmaps.tests.factories import ResourceFactory
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import OutboxMessage
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reporter() -> User:
    made: User = UserFactory()
    return made


@pytest.fixture(autouse=True)
def _links_are_checked(settings: Any) -> None:
    settings.LINK_CHECKS = True


def client_of(person: User | None) -> APIClient:
    client = APIClient()
    if person:
        client.force_authenticate(person)
    return client


def report(person: User | None, resource: Any, **body: Any) -> Any:
    return client_of(person).post(f"/api/v1/resources/{resource}/reports/", {"reason": "broken", **body})


def checks_waiting() -> int:
    return OutboxMessage.objects.filter(topic="roadmaps.check_links").count()


def test_report_is_kept_with_its_reason(reporter: User) -> None:
    resource = ResourceFactory()

    answer = report(reporter, resource.pk, reason="paid", text="  It asks for a card. ")

    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(ResourceReport.objects.get().pk),
        "resource": str(resource.pk),
        "reason": "paid",
        "text": "It asks for a card.",
        "state": "open",
        "created_at": answer.json()["created_at"],
    }
    assert checks_waiting() == 0


def test_one_report_is_open_for_each_person_and_resource(reporter: User) -> None:
    resource = ResourceFactory()
    report(reporter, resource.pk)

    again = report(reporter, resource.pk, reason="wrong")
    of_another = report(UserFactory(), resource.pk)
    elsewhere = report(reporter, ResourceFactory().pk)
    ResourceReport.objects.filter(reporter=reporter).update(state="resolved", resolved_at=timezone.now())
    after = report(reporter, resource.pk)

    assert (again.status_code, again.json()["code"]) == (409, "resource_already_reported")
    assert [each.status_code for each in (of_another, elsewhere, after)] == [201, 201, 201]


@pytest.mark.parametrize(
    ("body", "field"), [({"reason": "envy"}, "reason"), ({"reason": ""}, "reason"), ({"text": "x" * 1001}, "text")]
)
def test_wrong_report_is_refused_with_the_field(reporter: User, body: dict[str, str], field: str) -> None:
    answer = report(reporter, ResourceFactory().pk, **body)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])


def test_strangers_do_not_report_and_nobody_reports_what_is_not_there(reporter: User) -> None:
    assert report(None, ResourceFactory().pk).status_code == 401
    assert report(reporter, new_id()).status_code == 404


@pytest.mark.parametrize(
    ("state", "failures", "answered", "is_brought_forward"),
    [
        (LinkState.VERIFIED, 0, timedelta(days=2), True),
        (LinkState.VERIFIED, 0, timedelta(minutes=30), False),
        (LinkState.QUARANTINED, 3, None, True),
        (LinkState.FAILING, 2, timedelta(days=2), False),
    ],
)
def test_report_of_a_broken_one_brings_its_check_forward(
    reporter: User, state: LinkState, failures: int, answered: timedelta | None, is_brought_forward: bool
) -> None:
    resource = ResourceFactory()
    later = timezone.now() + timedelta(days=5)
    if state == LinkState.QUARANTINED:
        Resource.objects.update(state=LinkState.FAILING, failures=2)
    checked_at = timezone.now() - answered if answered else None
    Resource.objects.update(state=state, failures=failures, checked_at=checked_at, next_check_at=later)

    report(reporter, resource.pk)

    resource.refresh_from_db()
    assert (resource.next_check_at < later) == is_brought_forward
    assert checks_waiting() == 1


def test_other_reasons_leave_the_check_where_it_is(reporter: User) -> None:
    resource = ResourceFactory(next_check_at=timezone.now() + timedelta(days=5))
    report(reporter, resource.pk, reason="wrong")
    before = resource.next_check_at
    resource.refresh_from_db()
    assert resource.next_check_at == before
