"""A list costs at most four statements, context and account included, however long it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.hot_requests import Cast, cast_of_this_world
from skillbridge_backend.core.tests.fixtures import ApiClient
from skillbridge_backend.scale.seeding import Seeding
from tests.scale.statements import statements_of
from users.models import User

MOST_STATEMENTS = 4
LISTS: dict[str, Callable[[Cast], tuple[User, str]]] = {
    "sessions": lambda c: (c.learner, "auth/sessions/"),
    "skills": lambda c: (c.learner, "skills/"),
    "skills called like": lambda c: (c.learner, "skills/?q=py"),
    "tracks": lambda c: (c.learner, "tracks/"),
    "mentors": lambda c: (c.learner, "mentors/"),
    "mentors who know a skill": lambda c: (c.learner, f"mentors/?skill={c.skill}"),
    "mentors by skills and hours": lambda c: (
        c.learner,
        f"mentors/?skills={c.skill}:1,git&skills_match=any&zone=Europe/Berlin&shared_hours=1",
    ),
    "mentors by words": lambda c: (c.learner, f"mentors/?q={c.skill}&language=en&responsive=false"),
    "mentors by words, newest": lambda c: (c.learner, f"mentors/?q={c.skill}&ordering=newest"),
    "mentors of a country": lambda c: (c.learner, "mentors/?country=DE&has_capacity=true"),
    "mentors by rating": lambda c: (c.learner, "mentors/?least_rating=1&ordering=rating"),
    "mentors by how soon they answer": lambda c: (c.learner, "mentors/?ordering=answer_time"),
    "mentors who share hours": lambda c: (c.learner, "mentors/?zone=Asia/Kolkata&shared_hours=14"),
    "roadmaps": lambda c: (c.learner, "roadmaps/"),
    "gallery": lambda c: (c.learner, "roadmaps/gallery/"),
    "gallery by rating": lambda c: (c.learner, "roadmaps/gallery/?ordering=rating"),
    "gallery of a track": lambda c: (c.learner, "roadmaps/gallery/?track=backend-python"),
    "gallery of a track by rating": lambda c: (
        c.learner,
        "roadmaps/gallery/?track=backend-python&ordering=rating",
    ),
    "gallery by words": lambda c: (c.learner, "roadmaps/gallery/?search=modules"),
    "gallery in a language": lambda c: (c.learner, "roadmaps/gallery/?language=de"),
    "modules of a roadmap": lambda c: (c.learner, f"roadmaps/{c.roadmap}/modules/"),
    "own resources of a module": lambda c: (c.learner, f"modules/{c.module}/resources/"),
    "log": lambda c: (c.learner, "progress/log/"),
    "repositories": lambda c: (c.learner, "progress/repositories/"),
    "deliveries of webhooks": lambda c: (c.learner, "progress/deliveries/"),
    "badges": lambda c: (c.learner, "badges/"),
    "awards": lambda c: (c.learner, "awards/"),
    "awards of a person": lambda c: (c.mentor, f"users/{c.learner.handle}/awards/"),
    "points": lambda c: (c.learner, "points/"),
    "notifications": lambda c: (c.reader, "notifications/"),
    "preferences": lambda c: (c.reader, "notification-preferences/"),
    "categories": lambda c: (c.learner, "forum/categories/"),
    "threads": lambda c: (c.learner, "forum/threads/"),
    "one's threads": lambda c: (c.writer, "forum/threads/?mine=true"),
    "threads with a word": lambda c: (c.writer, "forum/threads/?q=query"),
    "replies": lambda c: (c.learner, f"forum/threads/{c.thread}/replies/"),
    "reports": lambda c: (c.moderator, "forum/reports/"),
    "matches": lambda c: (c.mentor, "matches/"),
    "conversations": lambda c: (c.mentor, "conversations/"),
    "messages": lambda c: (c.mentor, f"conversations/{c.conversation}/messages/"),
    "rounds": lambda c: (c.moderator, "match-rounds/"),
}


def statements(client: ApiClient, path: str) -> tuple[int, int]:
    """How many statements this takes, and how many rows come."""
    with CaptureQueriesContext(connection) as queries:
        response: Any = client.get(path)
    assert response.status_code == 200, response.content
    body = response.json()
    return len(statements_of(queries)), len(body if isinstance(body, list) else body["results"])


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_list_costs_at_most_four_statements_however_long(seeded: Seeding, api_as: Any, name: str) -> None:
    actor, path = LISTS[name](cast_of_this_world())
    client, join = api_as(actor), "&" if "?" in path else "?"

    counts = [statements(client, f"/api/v1/{path}{join}limit={limit}") for limit in (1, 30)]

    assert counts[0][0] == counts[1][0]
    assert counts[1][0] <= MOST_STATEMENTS
