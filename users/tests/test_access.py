"""Who may do what over HTTP: every path, every verb, every role."""

from typing import Any

import pytest

from users.enums import Role
from users.models import User
from users.tests.factories import MentorFactory, SkillFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = [None, *Role]
VERBS = ("get", "post", "put", "patch", "delete")

PUBLIC = {"get": 200}


def logged_in(status: int) -> dict[Role | None, int]:
    """This for everybody but the one whom nobody knows."""
    return {None: 401, **dict.fromkeys(Role, status)}


ONLY_LOGGED_IN = logged_in(200)
LOGGED_IN: dict[str, Any] = {"get": ONLY_LOGGED_IN}
TABLE: dict[str, dict[str, Any]] = {
    "/api/v1/skills/": PUBLIC,
    "/api/v1/skills/python/": PUBLIC,
    "/api/v1/tracks/": PUBLIC,
    "/api/v1/tracks/backend/": PUBLIC,
    "/api/v1/mentors/": LOGGED_IN,
    "/api/v1/mentors/{mentor}/": LOGGED_IN,
    "/api/v1/users/me/": LOGGED_IN | {"patch": ONLY_LOGGED_IN, "delete": logged_in(400)},  # without a password
    "/api/v1/users/me/keep/": {"post": logged_in(204)},
    "/api/v1/users/me/export/": LOGGED_IN | {"post": logged_in(403)},  # without a recent proof
    "/api/v1/auth/keep-account/": {"get": 200, "post": 400},
    "/api/v1/auth/confirm-email/": {"get": 200, "post": 400},
    "/api/v1/auth/signup/": {"post": 400},
    "/api/v1/auth/resend-confirmation/": {"post": 400},
    "/api/v1/auth/login/": {"post": 400},
    "/api/v1/auth/refresh/": {"post": 400},
    "/api/v1/auth/logout/": {"post": 400},
}


@pytest.mark.parametrize("path", TABLE)
def test_path_answers_each_role_and_verb_as_the_table_says(api: Any, api_as: Any, path: str) -> None:
    SkillFactory(slug="python")
    TrackFactory(slug="backend")
    address = path.format(mentor=MentorFactory().user_id)
    people: dict[Role | None, User] = {role: UserFactory(role=role) for role in Role}

    answers, expected = {}, {}
    for role in ROLES:
        client = api_as(people[role]) if role else api
        for verb in VERBS:
            answers[role, verb] = getattr(client, verb)(address, {} if verb != "get" else None).status_code
            allowed = TABLE[path].get(verb, 405)
            expected[role, verb] = allowed[role] if isinstance(allowed, dict) else allowed

    assert answers == expected


def test_token_of_a_former_role_or_version_is_refused(api_as: Any) -> None:
    for change in ({"role": Role.MENTOR}, {"token_version": 2}, {"is_active": False}):
        user = UserFactory()
        client = api_as(user)
        User.objects.filter(pk=user.pk).update(**change)
        assert client.get("/api/v1/users/me/").status_code == 401, change


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Bearer nonsense", "Bearer \xe9"], ids=["none", "two", "forged", "not ascii"]
)
def test_broken_token_is_refused_with_a_challenge(api: Any, header: str) -> None:
    response = api.get("/api/v1/users/me/", HTTP_AUTHORIZATION=header)

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_other_schemes_are_nobody(api: Any) -> None:
    assert api.get("/api/v1/skills/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200
