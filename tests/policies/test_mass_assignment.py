"""What a request does not say it takes changes nothing: every other column of the table, and rights, are sent along.

Each writing call is made twice as it should be, then with everything else in its body. What the first two do
differently (ids, times, secrets) is chance; apart from that the third must leave every table as they did.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.db import connection, models, transaction
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from skillbridge_backend.core.tests.fixtures import ApiClient
from tests.architecture.test_routes import ROUTES, view_of
from tests.policies.calls import Call, calls, client_of
from tests.policies.world import World
from tests.scale.test_query_counts import WHO, name_of
from users.models import User
from users.tests.factories import PASSWORD

State = dict[str, list[str]]
"""All values of each column, in order, by `table.column`."""
RIGHTS = {"is_staff": True, "is_superuser": True, "is_active": False, "role": "admin", "xp": 9_999, "points": 9_999}


def everything_else(call: Call, world: World) -> dict[str, Any]:
    """The columns of the view's table that the request does not offer, and what gives rights."""
    model = model_of(call.route)
    columns = {field.name: forged(field, world) for field in model._meta.concrete_fields} if model else {}
    columns |= {field.attname: columns[field.name] for field in model._meta.concrete_fields} if model else {}
    stranger = str(world.other_learner.pk)
    owners = {"owner": stranger, "owner_id": stranger, "user": stranger, "user_id": stranger, "author": stranger}
    return {name: value for name, value in (RIGHTS | owners | columns).items() if name not in offered(call)}


def forged(field: "models.Field[Any, Any]", world: World) -> Any:
    if field.is_relation:
        return str(world.other_learner.pk)
    values: dict[str, Any] = {
        "BooleanField": True,
        "UUIDField": "019ac5f0-a1b2-7c3d-8e4f-5a6b7c8d9e0f",
        "DateTimeField": "2001-01-01T00:00:00Z",
        "DateField": "2001-01-01",
    }
    return values.get(field.get_internal_type(), 9_999 if "Integer" in field.get_internal_type() else "forged")


@cache
def model_of(route: str) -> type[models.Model] | None:
    for raw, callback in ROUTES:
        if raw.removeprefix("api/v1/").replace("^", "").replace("$", "") == route:
            queryset = getattr(view_of(callback), "queryset", None)
            return queryset.model if queryset is not None else None
    return None


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@cache
def operations() -> dict[str, Any]:
    """By verb and path, without the names of the parameters."""
    return {
        unnamed(f"{verb.upper()} {path}"): operation
        for path, verbs in document()["paths"].items()
        for verb, operation in verbs.items()
    }


def unnamed(call: str) -> str:
    return re.sub(r"{\w+}", "{}", call)


def offered(call: Call) -> set[str]:
    """The properties of the request's body in the OpenAPI document."""
    operation = operations()[unnamed(name_of(call))]
    names: set[str] = set()
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        parts = schema.get("oneOf", [schema])
        for part in parts:
            name = part.get("$ref", "").rpartition("/")[2]
            names |= set((document()["components"]["schemas"][name] if name else part).get("properties", {}))
    return names


def state() -> State:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND c.relname !~ '^(django|auth)_' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        parts = [f"SELECT '{table}', to_jsonb(t) FROM {table} t" for table in tables]
        cursor.execute(
            "SELECT name || '.' || key, array_agg(value::text ORDER BY value::text)"
            f" FROM ({' UNION ALL '.join(parts)}) AS rows (name, row), jsonb_each(row) GROUP BY 1"
        )
        return dict(cursor.fetchall())


def outcome(clients: list[APIClient], call: Call, more: dict[str, Any]) -> tuple[int, State]:
    """The status for the first of these who may, and the tables after it; undone."""
    for client in clients:
        with transaction.atomic():
            with transaction.atomic():
                response = getattr(client, call.verb)(call.url, {**call.body, **more}, format=call.format)
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")
            after = state()
            transaction.set_rollback(True)
        if response.status_code < 400 or more:
            return response.status_code, after
    pytest.fail(f"nobody's request passes: {call}")


def test_no_request_changes_what_it_does_not_offer(world: World, staged: dict[str, Any]) -> None:
    clients = {identity: client_of(world, identity) for identity in WHO}
    before, found = state(), []
    for call in calls(world, staged):
        if call.verb not in {"post", "put", "patch"}:
            continue
        who = next(client for client in clients.values() if passes(client, call))
        (_, once), (_, twice) = outcome([who], call, {}), outcome([who], call, {})
        status, forged_state = outcome([who], call, everything_else(call, world))
        usual = once if status < 400 else before
        chance = {column for column in once if once[column] != twice.get(column)}
        changed = [
            column
            for column in usual.keys() | forged_state.keys()
            if column not in chance and usual.get(column) != forged_state.get(column)
        ]
        found += [f"{call}: {status}, {column}" for column in sorted(changed)]
    assert not found, "\n".join(found)


def passes(client: APIClient, call: Call) -> bool:
    with transaction.atomic():
        with transaction.atomic():
            response = getattr(client, call.verb)(call.url, call.body, format=call.format)
        transaction.set_rollback(True)
    return bool(response.status_code < 400)


@pytest.mark.django_db(transaction=True)
def test_sign_up_gives_no_rights(api: ApiClient, drain_outbox: Callable[[], list[str]]) -> None:
    columns = {field.name: "2001-01-01T00:00:00Z" for field in User._meta.concrete_fields}
    body = {"email": "ada@example.org", "password": PASSWORD, "display_name": "Ada", "handle": "ada"}
    assert api.post("/api/v1/auth/signup/", columns | RIGHTS | body).status_code == 202
    made = User.objects.with_hidden().get(email="ada@example.org")
    assert (made.role, made.is_staff, made.is_superuser, made.is_active) == ("learner", False, False, True)
    assert (made.email_confirmed_at, made.last_login, made.token_version) == (None, None, 1)
