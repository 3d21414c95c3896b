"""Who may do what over HTTP: every path, every verb, every role; and how many queries a read takes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from roadmaps.tests.factories import (
    GenerationFactory,
    GrantedReadFactory,
    ModuleFactory,
    ModulePrerequisiteFactory,
    NoteFactory,
    OwnResourceFactory,
    ResourceFactory,
    RoadmapFactory,
    RoadmapGrantFactory,
)
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.enums import Role
from users.models import User
from users.tests.factories import MentorFactory, UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], ApiClient]

NOBODY, OWNER = "nobody", "owner"
ACTORS = [NOBODY, OWNER, *Role.values]
STAFF = {Role.MODERATOR.value, Role.ADMIN.value}
GRANT = {"mentor": "grace", "expires_at": (timezone.now() + timedelta(days=30)).isoformat()}
DRAFT = {"title": "x", "hours_per_week": 5, "weeks": 5}

# (verb, path, body, status for the owner, status for moderators and admins, status for other people)
TABLE = [
    ("get", "roadmaps/", None, 200, 200, 200),
    ("post", "roadmaps/", {}, 400, 400, 400),
    ("post", "roadmaps/drafts/", DRAFT, 201, 201, 201),
    ("get", "roadmaps/{roadmap}/", None, 200, 200, 404),
    ("put", "roadmaps/{roadmap}/", {}, 405, 405, 405),
    ("patch", "roadmaps/{roadmap}/", {"title": "x"}, 200, 404, 404),
    ("post", "roadmaps/{roadmap}/archive/", None, 200, 404, 404),
    ("post", "roadmaps/{roadmap}/activate/", None, 409, 404, 404),
    ("post", "roadmaps/{roadmap}/retry/", None, 409, 404, 404),
    ("delete", "roadmaps/{roadmap}/", None, 204, 404, 404),
    ("get", "roadmaps/{roadmap}/modules/", None, 200, 200, 404),
    ("post", "roadmaps/{roadmap}/modules/", {"title": "x", "estimated_minutes": 5}, 201, 404, 404),
    ("get", "roadmaps/{roadmap}/grants/", None, 200, 200, 404),
    ("post", "roadmaps/{roadmap}/grants/", {}, 400, 400, 400),
    ("post", "roadmaps/{roadmap}/grants/", GRANT, 201, 404, 404),
    ("get", "roadmaps/{roadmap}/grants/{grant}/", None, 200, 200, 404),
    ("patch", "roadmaps/{roadmap}/grants/{grant}/", {}, 405, 405, 405),
    ("delete", "roadmaps/{roadmap}/grants/{grant}/", None, 204, 404, 404),
    ("get", "roadmaps/{roadmap}/reads/", None, 200, 200, 404),
    ("delete", "roadmaps/{roadmap}/reads/", None, 405, 405, 405),
    ("get", "roadmaps/granted/", None, 200, 200, 200),
    ("get", "roadmaps/generations/{generation}/", None, 200, 200, 404),
    ("delete", "roadmaps/generations/{generation}/", None, 405, 405, 405),
    ("get", "modules/{module}/", None, 200, 200, 404),
    ("patch", "modules/{module}/", {"title": "x"}, 200, 404, 404),
    ("delete", "modules/{module}/", None, 204, 404, 404),
    ("post", "modules/{module}/move/", {"position": 1}, 200, 404, 404),
    ("post", "modules/{module}/start/", None, 200, 404, 404),
    ("post", "modules/{module}/complete/", None, 200, 404, 404),
    ("post", "modules/{module}/skip/", None, 200, 404, 404),
    ("post", "modules/{module}/reopen/", None, 409, 404, 404),
    ("get", "modules/{module}/note/", None, 200, 404, 404),
    ("put", "modules/{module}/note/", {"text": "x"}, 200, 404, 404),
    ("delete", "modules/{module}/note/", None, 204, 404, 404),
    ("get", "modules/{module}/resources/", None, 200, 200, 404),
    ("post", "modules/{module}/resources/", {"title": "x", "url": "https://x.test/"}, 201, 404, 404),
    ("delete", "modules/{module}/resources/{own}/", None, 204, 404, 404),
]


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_path_answers_each_person_as_the_table_says(
    api: ApiClient, api_as: ApiAs, actor: str, row: tuple[str, str, object, int, int, int]
) -> None:
    verb, path, body, for_owner, for_staff, for_others = row
    UserFactory(handle="grace", role=Role.MENTOR)
    note = NoteFactory()
    module = note.module
    ids = {
        "roadmap": module.roadmap_id,
        "module": module.pk,
        "grant": RoadmapGrantFactory(roadmap=module.roadmap).pk,
        "own": OwnResourceFactory(module=module).pk,
        "generation": GenerationFactory(roadmap=module.roadmap).pk,
    }
    if actor == NOBODY:
        client, expected = api, 405 if for_owner == 405 else 401
    elif actor == OWNER:
        client, expected = api_as(module.roadmap.owner), for_owner
    else:
        client, expected = api_as(UserFactory(role=actor)), for_staff if actor in STAFF else for_others

    response = getattr(client, verb)(f"/api/v1/{path.format(**ids)}", body)

    assert response.status_code == expected, response.content


def test_list_shows_nobody_elses(api_as: ApiAs) -> None:
    RoadmapFactory()
    assert api_as(UserFactory()).get("/api/v1/roadmaps/").json()["results"] == []


def test_reads_take_as_many_queries_however_many_rows_there_are(api_as: ApiAs) -> None:
    owner = MentorFactory().user
    roadmap = RoadmapFactory(owner=owner)
    module = ModuleFactory(roadmap=roadmap)
    generation = GenerationFactory(roadmap=roadmap)
    addresses = {
        "/api/v1/roadmaps/": "/api/v1/roadmaps/",
        "/api/v1/roadmaps/{id}/": f"/api/v1/roadmaps/{roadmap.pk}/",
        "/api/v1/roadmaps/{id}/modules/": f"/api/v1/roadmaps/{roadmap.pk}/modules/",
        "/api/v1/roadmaps/generations/{id}/": f"/api/v1/roadmaps/generations/{generation.pk}/",
        "/api/v1/roadmaps/{id}/grants/": f"/api/v1/roadmaps/{roadmap.pk}/grants/",
        "/api/v1/roadmaps/{id}/reads/": f"/api/v1/roadmaps/{roadmap.pk}/reads/",
        "/api/v1/roadmaps/granted/": "/api/v1/roadmaps/granted/",
        "/api/v1/modules/{id}/": f"/api/v1/modules/{module.pk}/",
        "/api/v1/modules/{id}/resources/": f"/api/v1/modules/{module.pk}/resources/",
    }
    client, counts = api_as(owner), []
    for _ in range(2):
        for _ in range(3):
            further = ModuleFactory(roadmap=roadmap)
            ModulePrerequisiteFactory(module=further, requires=module)
            ResourceFactory.create_batch(2, skill=further.skill)
            OwnResourceFactory(module=module)
            RoadmapFactory(owner=owner)
            grant = RoadmapGrantFactory(roadmap=roadmap)
            GrantedReadFactory(owner=owner, mentor=grant.mentor, roadmap_id=roadmap.pk, grant_id=grant.pk)
            RoadmapGrantFactory(mentor=owner)
        counts.append({name: _queries(client, address) for name, address in addresses.items()})
    assert counts[0] == counts[1]


def _queries(client: ApiClient, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
