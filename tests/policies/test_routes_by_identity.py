"""Every verb of every route × who asks: the status that `routes_by_identity.json` says, and no route is missing there.

After a change that is meant: `ROUTES_BY_IDENTITY=write pytest tests/policies/test_routes_by_identity.py`, and read what
git shows. How to read a row: the owner's column says that the call works (2xx; 4xx where it lacks a secret that no test
may know, or is of a state), and every other column whether they may. 404 is "there is nothing for you", 403 "you are
not one of those who may", 401 "who are you?".
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from skillbridge_backend.core.rate_limits import redis_at
from tests.architecture.test_routes import EXPECTED_OPEN_ROUTES, ROUTES, view_of
from tests.policies.access import ADMIN, ANONYMOUS, IDENTITIES, LEARNER
from tests.policies.calls import NOT_OF_ROWS, Call, body_of, calls, client_of
from tests.policies.world import World
from users.enums import TokenScope
from users.models import User
from users.personal_tokens import digest_of, new_token, prefix_of
from users.tests.factories import PersonalTokenFactory, RefreshTokenFamilyFactory
from users.tokens import issue_access_token

TABLE = Path(__file__).parent / "routes_by_identity.json"
TOKEN, SCOPED_TOKEN = "token without the scope", "token with all scopes"
"""The learner's personal tokens; the first has one scope, of another section."""
WHO = (*IDENTITIES, TOKEN, SCOPED_TOKEN)
VERBS = ("get", "post", "put", "patch", "delete")

OF_ANOTHER_TABLE = {
    "auth/factors/passkeys/<uuid:pk>/": "users_passkey",
    "auth/tokens/<uuid:pk>/": "users_personaltoken",
    "auth/links/<uuid:pk>/": "users_sociallink",
    "users/me/export/<uuid:pk>/file/": "users_dataexport",
    "webhooks/github/<uuid:repository_id>/": "progress_repository",
}
PICTURE = "pictures/(?P<name>[A-Za-z0-9_-]{43})/(?P<which>large|small)/"
"""By a name that nobody guesses, and there is none of this one."""


def spelled(world: World, route: str) -> str:
    """A route that `calls` leaves out, with the learner's row in it, or a login provider."""
    if route == PICTURE:
        return f"pictures/{'a' * 43}/large/"
    row = world.rows[OF_ANOTHER_TABLE[route]].pk if route in OF_ANOTHER_TABLE else "github"
    return re.sub(r"<[^>]+>", str(row), route)


def path_of(raw: str) -> str:
    return raw.removeprefix("api/v1/").replace("^", "").replace("$", "")


def declared(callback: Any) -> tuple[str, ...]:
    """The verbs that a route has."""
    actions, view = getattr(callback, "actions", None), view_of(callback)
    return tuple(verb for verb in VERBS if (verb in actions if actions else hasattr(view, verb)))


def every_call(world: World, staged: dict[str, Any]) -> Iterator[Call]:
    """Those of `calls`, and those that it leaves out: documents, accounts, what a signature proves."""
    yield from calls(world, staged)
    for raw, callback in ROUTES:
        route = path_of(raw)
        if NOT_OF_ROWS.search(route):
            for verb in declared(callback):
                yield Call(verb, route, f"/api/v1/{spelled(world, route)}", body_of(world, route, verb))


def name_of(call: Call) -> str:
    return f"{call.verb.upper()} {call.route}"


def client_just_logged_in(person: User) -> APIClient:
    """With the proof that what is dangerous asks for."""
    session = RefreshTokenFamilyFactory(user=person, proved_at=timezone.now())
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(person, family_id=session.pk)}")
    return client


def client_with_token(world: World, scopes: list[str]) -> APIClient:
    text = new_token()
    PersonalTokenFactory(user=world.learner, scopes=scopes, prefix=prefix_of(text), token_hash=digest_of(text))
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def clients_of(world: World) -> Callable[[str, str], APIClient]:
    """Who asks, by identity and route."""
    section = {path_of(raw): getattr(view_of(callback), "scope_section", "") for raw, callback in ROUTES}
    clients = {who: client_just_logged_in(person) for who, person in world.people.items()}
    clients[ANONYMOUS] = client_of(world, ANONYMOUS)
    clients[SCOPED_TOKEN] = client_with_token(world, list(TokenScope.values))
    badges, catalogue = (client_with_token(world, [f"{name}:read"]) for name in ("badges", "catalogue"))
    return lambda who, route: clients.get(who) or (badges if section[route] == "catalogue" else catalogue)


def status_of(client: APIClient, verb: str, url: str, body: dict[str, Any], form: str = "json") -> int:
    """What the call is answered; it is undone."""
    with transaction.atomic():
        with transaction.atomic():  # the request's own, which a refusal rolls back
            response = getattr(client, verb)(url, body, format=form)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")
        transaction.set_rollback(True)
    return int(response.status_code)


@pytest.fixture(scope="module")
def no_limits() -> Iterator[None]:
    """What was counted before is forgotten, and what is counted here as well."""
    counts = redis_at(settings.REDIS_URL, 1.0)
    counts.flushdb()
    yield
    counts.flushdb()


@pytest.fixture(scope="module")
def measured(no_limits: None, world: World, staged: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The status of every call for everybody."""
    client = clients_of(world)
    return {
        name_of(call): {
            who: status_of(client(who, call.route), call.verb, call.url, call.body, call.format) for who in WHO
        }
        for call in every_call(world, staged)
    }


def written() -> dict[str, dict[str, int]]:
    """The table."""
    table = json.loads(TABLE.read_text())
    assert table["who"] == list(WHO)
    return {name: dict(zip(WHO, statuses, strict=True)) for name, statuses in table["routes"].items()}


def write(measured: dict[str, dict[str, int]]) -> None:
    """A row on each line."""
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps([*row.values()])}" for name, row in sorted(measured.items()))
    TABLE.write_text(f'{{"who": {json.dumps(list(WHO))}, "routes": {{\n{rows}\n}}}}\n')


def test_everybody_gets_the_status_in_the_table(measured: dict[str, dict[str, int]]) -> None:
    if os.environ.get("ROUTES_BY_IDENTITY") == "write":
        write(measured)
    assert measured == written()


def test_no_route_is_missing_in_the_table() -> None:
    """From the router, not from the calls: a verb that no call makes would be missing in both."""
    routes = {f"{verb.upper()} {path_of(raw)}" for raw, callback in ROUTES for verb in declared(callback)}

    assert routes == written().keys()


def test_anonymous_gets_in_only_where_routes_are_declared_open() -> None:
    opened = [(verb, path_of(raw)) for verb, _, raw in (entry.partition(" ") for entry in EXPECTED_OPEN_ROUTES)]
    let_in = {tuple(name.split(" ")) for name, row in written().items() if row[ANONYMOUS] != 401}

    assert {(verb, route) for verb, route in let_in if not {(verb, route), ("ANY", route)} & {*opened}} == set()


def test_token_without_the_scope_gets_in_only_where_everybody_does() -> None:
    """And then as nobody: it is not taken for its owner."""
    assert {
        name for name, row in written().items() if row[TOKEN] < 400 and not name.endswith(("schema/", "docs/"))
    } <= {name for name, row in written().items() if row[ANONYMOUS] < 400}


def test_no_answer_is_a_fault() -> None:
    assert {name for name, row in written().items() if any(status >= 500 for status in row.values())} == set()


SWAPPED = {
    "modules/<uuid:pk>/resources/<uuid:resource_id>/": "module",
    "roadmaps/<uuid:roadmap_id>/grants/<uuid:pk>/": "draft",
    "roadmaps/<uuid:roadmap_id>/versions/<int:number>/": "copy",
    "roadmaps/<uuid:roadmap_id>/versions/<int:number>/diff/": "copy",
    "roadmaps/<uuid:roadmap_id>/versions/<int:number>/restore/": "copy",
    "roadmaps/<uuid:roadmap_id>/links/<uuid:pk>/": "draft",
}
"""Routes with an id inside another, and what of `stage` to name as the parent instead: the learner's own, too."""


def nested() -> list[tuple[str, str]]:
    """Verb and route of all that name a row inside another."""
    return [
        (verb, path_of(raw))
        for raw, callback in ROUTES
        if path_of(raw) != PICTURE and len(re.findall("<", path_of(raw).replace("(?P<", "<"))) > 1
        for verb in declared(callback)
    ]


@pytest.mark.parametrize(("verb", "route"), nested())
def test_row_is_not_found_in_another_parent(world: World, staged: dict[str, Any], verb: str, route: str) -> None:
    call = next(call for call in every_call(world, staged) if (call.verb, call.route) == (verb, route))
    ids = re.findall("[0-9a-f-]{36}", call.url)
    swapped = call.url.replace(ids[0], str(staged[SWAPPED[route]].pk))
    client = client_of(world, LEARNER)

    assert swapped != call.url
    assert status_of(client, verb, call.url, call.body) < 300
    assert status_of(client, verb, swapped, call.body) == 404


def undeclared() -> list[tuple[str, str, str]]:
    """Every verb that a route has not, with the route and the verb that it has."""
    return [
        (verb, path_of(raw), declared(callback)[0])
        for raw, callback in ROUTES
        for verb in VERBS
        if verb not in declared(callback) and not is_shared(path_of(raw), verb)
    ]


def is_shared(route: str, verb: str) -> bool:
    """Whether another view of the same route has the verb."""
    return any(path_of(raw) == route and verb in declared(callback) for raw, callback in ROUTES)


def test_verbs_that_a_route_has_not_are_405(world: World, staged: dict[str, Any]) -> None:
    client = client_of(world, ADMIN)
    urls = {(call.verb, call.route): call.url for call in every_call(world, staged)}

    answers = {
        f"{verb.upper()} {route}": status_of(client, verb, urls[(known, route)], {})
        for verb, route, known in undeclared()
    }

    assert len(answers) >= 300
    assert {name: status for name, status in answers.items() if status != 405} == {}
