"""Who may do what: roles × verbs, allowed and denied."""

from collections.abc import Callable
from typing import Any

import pytest

from matches.models import Session
from matches.tests.factories import MatchFactory, SessionFactory, a_message, missed_session, past_session, seeking
from users.enums import Role
from users.models import User
from users.tests.factories import MentorFactory, UserFactory

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], Any]

STRANGERS = ("another_learner", "another_mentor", "moderator")


def stranger(kind: str) -> User:
    if kind == "another_mentor":
        mentor: User = MentorFactory().user
        MatchFactory(mentor=mentor)
        return mentor
    if kind == "moderator":
        moderator: User = UserFactory(role=Role.MODERATOR)
        return moderator
    return seeking({})


# verb, path below the match, body, the state it starts from, status for the learner, status for the mentor
STEPS = [
    ("get", "", {}, "requested", 200, 200),
    ("post", "accept/", {}, "requested", 403, 200),
    ("post", "decline/", {}, "requested", 403, 200),
    ("post", "ask-info/", {"question": "Why?"}, "requested", 403, 200),
    ("post", "answer-info/", {"answer": "So"}, "info_requested", 200, 403),
    ("post", "cancel/", {}, "requested", 200, 403),
    ("post", "pause/", {}, "active", 200, 200),
    ("post", "resume/", {}, "paused", 200, 200),
    ("post", "complete/", {}, "active", 200, 200),
    ("post", "end/", {"reason": "So"}, "active", 200, 200),
    ("get", "sessions/", {}, "active", 200, 200),
    ("post", "sessions/", {"starts_at": "2099-01-01T10:00Z", "ends_at": "2099-01-01T11:00Z"}, "active", 201, 201),
    ("get", "reviews/", {}, "completed", 200, 200),
    ("post", "reviews/", {"rating": 5}, "completed", 201, 201),
]


@pytest.mark.parametrize(("verb", "path", "body", "state", "as_learner", "as_mentor"), STEPS)
@pytest.mark.parametrize("who", ["learner", "mentor", *STRANGERS, "nobody"])
def test_match_is_for_its_two_people(
    who: str,
    verb: str,
    path: str,
    body: dict[str, Any],
    state: str,
    as_learner: int,
    as_mentor: int,
    api: Any,
    api_as: ApiAs,
) -> None:
    match = MatchFactory.in_state(state)
    expected = {"learner": as_learner, "mentor": as_mentor, "nobody": 401}.get(who, 404)
    client = api if who == "nobody" else api_as(stranger(who) if who in STRANGERS else getattr(match, who))
    response = getattr(client, verb)(f"/api/v1/matches/{match.pk}/{path}", body)
    assert response.status_code == expected, response.content


@pytest.mark.parametrize(
    ("verb", "path", "body", "allowed"),
    [
        ("get", "", {}, 200),
        ("get", "messages/", {}, 200),
        ("post", "messages/", a_message(), 201),
        ("post", "read/", {"seq": 0}, 200),
    ],
)
@pytest.mark.parametrize("who", ["learner", "mentor", *STRANGERS, "nobody"])
def test_conversation_is_for_its_two_people(
    who: str, verb: str, path: str, body: dict[str, Any], allowed: int, api: Any, api_as: ApiAs
) -> None:
    match = MatchFactory.in_state("active")
    expected = {"learner": allowed, "mentor": allowed, "nobody": 401}.get(who, 404)
    client = api if who == "nobody" else api_as(stranger(who) if who in STRANGERS else getattr(match, who))
    response = getattr(client, verb)(f"/api/v1/conversations/{match.conversation.pk}/{path}", body)
    assert response.status_code == expected, response.content


@pytest.mark.parametrize("step", ["confirm", "cancel", "hold", "miss", "dispute"])
@pytest.mark.parametrize(("who", "expected"), [("mentor", 200), *((kind, 404) for kind in STRANGERS), ("nobody", 401)])
def test_session_is_for_its_two_people(who: str, expected: int, step: str, api: Any, api_as: ApiAs) -> None:
    match = MatchFactory.in_state("active")
    session: Session
    if step in {"confirm", "cancel"}:
        session = SessionFactory(match=match)
    else:
        session = past_session(match) if step != "dispute" else missed_session(match, "no_show_mentor")
    client = api if who == "nobody" else api_as(stranger(who) if who in STRANGERS else getattr(match, who))
    response = client.post(f"/api/v1/sessions/{session.pk}/{step}/")
    assert response.status_code == expected, response.content


@pytest.mark.parametrize(
    ("role", "expected"), [(Role.LEARNER, 403), (Role.MENTOR, 403), (Role.MODERATOR, 200), (Role.ADMIN, 200)]
)
def test_rounds_are_for_moderators(role: Role, expected: int, api_as: ApiAs) -> None:
    client = api_as(UserFactory(role=role))
    assert client.get("/api/v1/match-rounds/").status_code == expected
    created = client.post("/api/v1/match-rounds/")
    assert created.status_code == (202 if expected == 200 else 403)


@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_verbs_that_nobody_declared_are_refused(verb: str, api_as: ApiAs) -> None:
    match = MatchFactory()
    assert getattr(api_as(match.learner), verb)(f"/api/v1/matches/{match.pk}/").status_code == 405


@pytest.mark.parametrize("path", ["matches", "conversations", "match-rounds"])
def test_nobody_sees_no_list(path: str, api: Any) -> None:
    assert api.get(f"/api/v1/{path}/").status_code == 401
