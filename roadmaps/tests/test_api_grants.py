"""Roadmaps shared with mentors over HTTP. Each request has a transaction of its own here: a read opens for one only."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from notifications.models import Notification
from roadmaps.enums import ModuleStatus
from roadmaps.models import MOST_OPEN_GRANTS, GrantedRead, Module, ModulePrerequisite, Roadmap, RoadmapGrant
from roadmaps.tests.factories import (
    GenerationFactory,
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    RoadmapFactory,
    RoadmapGrantFactory,
)
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import Role
from users.models import User
from users.services import ImpersonationService
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
ApiAs = Callable[[User], ApiClient]

GRANTED = "/api/v1/roadmaps/granted/"


@pytest.fixture
def mentor() -> User:
    made: User = UserFactory(handle="grace", display_name="Grace", role=Role.MENTOR)
    return made


@pytest.fixture
def roadmap() -> Roadmap:
    """A roadmap of two modules, one upon the other, with everything that hangs on them."""
    edge: ModulePrerequisite = ModulePrerequisiteFactory(module__title="Joins", requires__title="Tables")
    required = edge.requires
    required.roadmap, required.position = edge.module.roadmap, 2
    required.save()
    NoteFactory(module=edge.module, text="only for me")
    OwnResourceFactory(module=edge.module)
    return edge.module.roadmap


def of(roadmap: Roadmap, part: str = "") -> str:
    return f"/api/v1/roadmaps/{roadmap.pk}/{part}"


def until(days: float = 30) -> str:
    return (timezone.now() + timedelta(days=days)).isoformat()


def expire(grant: RoadmapGrant) -> None:
    past = timezone.now() - timedelta(seconds=1)
    RoadmapGrant.objects.filter(pk=grant.pk).update(created_at=past - timedelta(days=1), expires_at=past)


def reads(client: ApiClient, roadmap: Roadmap) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(of(roadmap, "reads/")).json()["results"]
    return rows


def test_admin_who_looks_through_a_mentors_eyes_reads_nothing_that_was_granted(roadmap: Roadmap, mentor: User) -> None:
    """The learner was told that the mentor had read it."""
    RoadmapGrantFactory(roadmap=roadmap, mentor=mentor)
    admin = UserFactory(role=Role.ADMIN)
    eyes = ImpersonationService().look(admin, person_id=mentor.pk, reason="Ticket 4711: an empty list")
    looking = ApiClient(raise_request_exception=False)
    looking.credentials(HTTP_AUTHORIZATION=f"Bearer {eyes.access}")

    assert len(looking.get(GRANTED).json()["results"]) == 1
    for part in ("", "modules/"):
        refused = looking.get(of(roadmap, part))
        assert (refused.status_code, refused.json()["code"]) == (403, "read_only_session")

    assert not GrantedRead.objects.exists()


# --- from the grant to the log ----------------------------------------------------------------------------------------


def test_mentor_reads_what_was_granted_and_the_learner_sees_each_time(
    api_as: ApiAs, roadmap: Roadmap, mentor: User
) -> None:
    learner, reader = api_as(roadmap.owner), api_as(mentor)
    assert reader.get(of(roadmap)).status_code == 404
    assert reader.get(GRANTED).json()["results"] == []

    grant = learner.post(of(roadmap, "grants/"), {"mentor": "grace", "expires_at": until()})
    assert grant.status_code == 201, grant.content
    assert reads(learner, roadmap) == []
    (held,) = reader.get(GRANTED).json()["results"]
    assert (held["roadmap"], held["title"]) == (str(roadmap.pk), roadmap.title)
    assert held["learner"]["handle"] == roadmap.owner.handle

    assert [reader.get(of(roadmap)).status_code for _ in range(2)] == [200, 200]
    modules = reader.get(of(roadmap, "modules/")).json()

    assert [module["title"] for module in modules] == ["Joins", "Tables"]
    rows = reads(learner, roadmap)
    assert [row["mentor"] for row in rows] == [{"handle": "grace", "display_name": "Grace"}] * 3
    assert {row["grant"] for row in rows} == {grant.json()["id"]}
    assert [row["read_at"] for row in rows] == sorted((row["read_at"] for row in rows), reverse=True)
    assert len(learner.get(of(roadmap, "reads/"), {"limit": 2}).json()["results"]) == 2


def test_mentor_sees_the_plan_and_nothing_private(api_as: ApiAs, roadmap: Roadmap, mentor: User) -> None:
    RoadmapGrantFactory(roadmap=roadmap, mentor=mentor)
    GenerationFactory(roadmap=roadmap)
    ModuleFactory(roadmap=roadmap, position=3, status=ModuleStatus.REMOVED)
    first, second = Module.objects.filter(roadmap=roadmap).present().order_by("position")

    answer = api_as(mentor).get(of(roadmap)).json()

    assert [module["title"] for module in answer["modules"]] == ["Joins", "Tables"]
    assert [module["requires"] for module in answer["modules"]] == [[str(second.pk)], []]
    assert answer["generation"] is None
    for path in (f"/api/v1/modules/{first.pk}/note/", f"/api/v1/modules/{first.pk}/resources/"):
        assert api_as(mentor).get(path).status_code == 404


def test_mentor_changes_nothing(api_as: ApiAs, roadmap: Roadmap, mentor: User) -> None:
    grant = RoadmapGrantFactory(roadmap=roadmap, mentor=mentor)
    module = roadmap.modules.order_by("position")[0]
    client = api_as(mentor)
    assert client.get(of(roadmap)).status_code == 200
    for answer in [
        client.patch(of(roadmap), {"title": "Mine"}),
        client.delete(of(roadmap)),
        client.post(of(roadmap, "archive/")),
        client.post(of(roadmap, "modules/"), {"title": "x", "estimated_minutes": 5}),
        client.patch(f"/api/v1/modules/{module.pk}/", {"title": "Mine"}),
        client.post(f"/api/v1/modules/{module.pk}/complete/"),
        client.put(f"/api/v1/modules/{module.pk}/note/", {"text": "x"}),
        client.post(of(roadmap, "grants/"), {"mentor": "grace", "expires_at": until()}),
        client.delete(of(roadmap, f"grants/{grant.pk}/")),
        client.get(of(roadmap, "reads/")),
    ]:
        assert answer.status_code == 404, (answer.request["PATH_INFO"], answer.content)


@pytest.mark.parametrize("end", ["revoked", "expired", "deactivated", "demoted", "given away", "deleted"])
def test_end_of_a_grant_is_at_once(api_as: ApiAs, roadmap: Roadmap, mentor: User, end: str) -> None:
    grant = RoadmapGrantFactory(roadmap=roadmap, mentor=mentor)
    owner, reader = api_as(roadmap.owner), api_as(mentor)
    assert reader.get(of(roadmap)).status_code == 200
    match end:
        case "revoked":
            assert owner.delete(of(roadmap, f"grants/{grant.pk}/")).status_code == 204
        case "expired":
            expire(grant)
        case "deactivated":
            User.objects.filter(pk=mentor.pk).update(is_active=False)
        case "demoted":
            User.objects.filter(pk=mentor.pk).update(role=Role.LEARNER)
            mentor.refresh_from_db()
            reader = api_as(mentor)
        case "given away":
            Roadmap.objects.update(owner=UserFactory())
        case "deleted":
            assert owner.delete(of(roadmap)).status_code == 204

    assert reader.get(of(roadmap)).status_code == (401 if end == "deactivated" else 404)
    assert GrantedRead.objects.count() == 1
    # The log outlives the grant, the roadmap, and the mentor's account.
    assert [row["mentor"]["handle"] for row in reads(owner, roadmap)] == ["grace"]


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR])
def test_grant_is_for_one_mentor(api_as: ApiAs, roadmap: Roadmap, mentor: User, role: Role) -> None:
    RoadmapGrantFactory(roadmap=roadmap, mentor=mentor)
    other = api_as(UserFactory(role=role))
    assert other.get(of(roadmap)).status_code == other.get(of(roadmap, "modules/")).status_code == 404
    assert api_as(mentor).get(of(RoadmapFactory(owner=roadmap.owner))).status_code == 404
    assert not GrantedRead.objects.exists()


def test_mentors_own_roadmaps_are_read_without_a_log(api_as: ApiAs, mentor: User) -> None:
    roadmap = RoadmapFactory(owner=mentor)
    client = api_as(mentor)
    assert client.get(of(roadmap)).status_code == 200
    assert [row["id"] for row in client.get("/api/v1/roadmaps/").json()["results"]] == [str(roadmap.pk)]
    assert not GrantedRead.objects.exists()


# --- giving and revoking ----------------------------------------------------------------------------------------------


def test_grant_is_found_at_its_location_told_to_the_mentor_and_revoked_once(
    api_as: ApiAs, roadmap: Roadmap, mentor: User
) -> None:
    client = api_as(roadmap.owner)
    given = client.post(of(roadmap, "grants/"), {"mentor": "grace", "expires_at": until()})
    shown = client.get(given["Location"])
    assert (shown.json(), shown["ETag"]) == (given.json(), given["ETag"])
    assert client.get(of(roadmap, "grants/")).json()["results"] == [given.json()]
    told = Notification.objects.get(recipient=mentor, kind="roadmap_shared")
    assert told.data == {"title": roadmap.title, "by": roadmap.owner.handle, "roadmap_id": str(roadmap.pk)}

    refused = client.delete(given["Location"], headers={"If-Match": 'W/"1"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert client.delete(given["Location"], headers={"If-Match": given["ETag"]}).status_code == 204
    assert client.delete(given["Location"]).status_code == 404
    assert client.get(given["Location"]).json()["revoked_at"]


def test_repeated_request_gives_one_grant(api_as: ApiAs, roadmap: Roadmap, mentor: User) -> None:
    body = {"mentor": "grace", "expires_at": until()}
    client = api_as(roadmap.owner)
    first, again = (client.post(of(roadmap, "grants/"), body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again["Idempotency-Replay"] == "true"
    assert RoadmapGrant.objects.count() == 1


@pytest.mark.parametrize("handle", ["nobody", "ada", "gone", "me", "no handle"])
def test_only_active_mentors_are_named(api_as: ApiAs, handle: str) -> None:
    UserFactory(handle="ada")
    UserFactory(handle="gone", role=Role.MENTOR, is_active=False)
    roadmap = RoadmapFactory(owner=UserFactory(handle="me", role=Role.MENTOR))
    answer = api_as(roadmap.owner).post(of(roadmap, "grants/"), {"mentor": handle, "expires_at": until()})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["mentor"]


@pytest.mark.parametrize("days", [-1, 0, 366.1, 100_000])
def test_grant_ends_within_a_year(api_as: ApiAs, roadmap: Roadmap, mentor: User, days: float) -> None:
    answer = api_as(roadmap.owner).post(of(roadmap, "grants/"), {"mentor": "grace", "expires_at": until(days)})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["expires_at"]


def test_mentor_holds_one_grant_at_a_time(api_as: ApiAs, roadmap: Roadmap, mentor: User) -> None:
    client, body = api_as(roadmap.owner), {"mentor": "grace", "expires_at": until(365)}
    grant = RoadmapGrant.objects.get(pk=client.post(of(roadmap, "grants/"), body).json()["id"])
    twice = client.post(of(roadmap, "grants/"), body)
    assert (twice.status_code, twice.json()["code"]) == (409, "roadmap_already_granted")
    expire(grant)
    assert client.post(of(roadmap, "grants/"), body).status_code == 201
    grant.refresh_from_db()
    assert grant.revoked_at == grant.expires_at


def test_roadmap_is_shared_with_a_bounded_number_of_mentors(api_as: ApiAs, roadmap: Roadmap, mentor: User) -> None:
    grants = RoadmapGrantFactory.create_batch(MOST_OPEN_GRANTS, roadmap=roadmap)
    client, body = api_as(roadmap.owner), {"mentor": "grace", "expires_at": until()}
    full = client.post(of(roadmap, "grants/"), body)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_grants")
    expire(grants[0])
    assert client.post(of(roadmap, "grants/"), body).status_code == 201


def test_lists_of_what_is_not_there_are_missing(api_as: ApiAs, roadmap: Roadmap) -> None:
    client = api_as(roadmap.owner)
    for part in ("grants/", "reads/"):
        assert client.get(of(roadmap, part)).json()["results"] == []
        assert client.get(f"/api/v1/roadmaps/{uuid4()}/{part}").status_code == 404
