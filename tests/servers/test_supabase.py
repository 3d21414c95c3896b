"""On a database as Supabase hands it over: what we make there, what it opens, and what PostgREST's clients can do.

Its `postgres` is no superuser, the roles and schema `auth` are there already and belong to others, and everything that
`postgres` makes is granted to `anon`.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from skillbridge_backend.core.schema_pages.pages import all_pages
from skillbridge_backend.core.tests.fixtures import ApiClient
from tests.migrating.databases import connected_to, migrate_from_nothing, rows
from tests.policies import test_matrix
from tests.policies.access import ANONYMOUS, IDENTITIES, Access
from tests.policies.world import World, build_world
from tests.servers import clusters
from tests.servers.test_versions import differences
from users import signing_keys
from users.models import User
from users.tokens import issue_access_token

FOREIGN_KEY_VIOLATION = "23503"
SECRET = "the-project's-jwt-secret-of-forty-characters"


@pytest.fixture(scope="session")
def supabase(packages: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The URL that Supabase gives its user, with our migrations done."""
    with (
        clusters.running_postgres(packages, 17, superuser="supabase_admin") as url,
        django_db_blocker.unblock(),
    ):
        clusters.execute_file(url, Path(__file__).parent / "supabase.sql")
        postgres = login(url, "postgres")
        with connected_to(postgres), pytest.raises(CommandError, match="DATABASE_SET_ROLE=sb_owner"):
            call_command("migrate", verbosity=0)
        migrate_from_nothing(postgres)
        yield postgres


@pytest.fixture(scope="session")
def world(supabase: str) -> Iterator[World]:
    """The world of the policies' matrix, and Django's connection on it, as `postgres`."""
    with connected_to(supabase):
        with transaction.atomic():  # what triggers write is then as old as what stands on it
            world = build_world()
        yield world


@pytest.fixture(scope="session")
def postgrest(packages: Path, supabase: str) -> Iterator[httpx.Client]:
    """PostgREST as Supabase runs it; with `Prefer: tx=rollback` it undoes what it did."""
    # The project's secret, and our own public keys beside it.
    secret = {"kty": "oct", "alg": "HS256", "k": base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()}
    keys = orjson.dumps({"keys": [secret, *signing_keys.jwks()["keys"]]}).decode()
    with clusters.running_postgrest(packages, login(supabase, "authenticator"), jwt_secret=keys) as client:
        yield client


def login(url: str, user: str) -> str:
    """The same database for another login."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{user}:{clusters.PASSWORD}@{parts.hostname}:{parts.port}").geturl()


def test_migrations_make_the_same_database_as_elsewhere(world: World, embedded_pages: dict[str, str]) -> None:
    """Grants, policies, functions and their owners, so nothing is open that is closed on plain PostgreSQL."""
    ours = {name: text for name, text in all_pages().items() if name != "roles.md"}
    elsewhere = {name: text for name, text in embedded_pages.items() if name != "roles.md"}

    assert not differences(elsewhere, ours)


def test_what_was_there_stays_supabases(world: World) -> None:
    owners = rows("SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE pronamespace = 'auth'::regnamespace")
    assert owners == [("supabase_auth_admin",)]
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'postgres'") == [(False, True)]
    assert rows("SELECT rolcanlogin, rolbypassrls FROM pg_roles WHERE rolname = 'authenticated'") == [(False, False)]


@pytest.mark.parametrize("command", test_matrix.COMMANDS)
@pytest.mark.parametrize("case", test_matrix.TABLES)
def test_policies_hold_as_elsewhere(world: World, case: str, command: str) -> None:
    test_matrix.test_exactly_those_may_who_should(world, case, command)


@pytest.mark.parametrize("command", test_matrix.COMMANDS)
@pytest.mark.parametrize("case", test_matrix.TABLES)
def test_policies_hold_for_clients_of_postgrest(world: World, postgrest: httpx.Client, case: str, command: str) -> None:
    table, access = case.partition(":")[0], test_matrix.TABLES[case]

    # Once for all of them: what a new row stands on is made for it, and not undone here.
    columns = access.new_row(world) if command == "insert" else dict([access.change])
    answers = {identity: ask(postgrest, world, identity, table, access, command, columns) for identity in IDENTITIES}

    told = "\n".join(f"{identity}: {answer}" for identity, answer in answers.items())
    assert {identity for identity, answer in answers.items() if answer == "done"} == getattr(access, command), told


def test_clients_of_postgrest_reach_our_tables_and_nothing_beside(world: World, postgrest: httpx.Client) -> None:
    readable = rows(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
        " AND (has_table_privilege('anon', oid, 'SELECT') OR has_any_column_privilege('anon', oid, 'SELECT'))"
    )

    paths = set(postgrest.get("/").json()["paths"]) - {"/"}

    assert paths == {f"/{table}" for (table,) in readable}
    learner = bearer(world.learner)
    assert postgrest.get("/users_user?select=password", headers=learner).status_code == 403
    assert postgrest.post("/rpc/audit_event", headers=learner, json={}).status_code == 404
    assert postgrest.get("/users", headers=learner | {"Accept-Profile": "auth"}).status_code == 406
    forged = jwt.encode({"role": "service_role", "sub": str(world.learner.pk)}, "x" * 40, algorithm="HS256")
    assert postgrest.get("/roadmaps_roadmap", headers={"Authorization": f"Bearer {forged}"}).status_code == 401


def test_access_token_of_ours_is_good_for_postgrest(postgrest: httpx.Client, world: World) -> None:
    token = issue_access_token(world.learner, family_id=world.learner.pk)

    answer = postgrest.get("/users_profile?select=user_id", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200, answer.text
    assert str(world.learner.pk) in {row["user_id"] for row in answer.json()}
    header, claims, signature = token.split(".")
    altered = f"{header}.{claims[:-2]}{'A' if claims[-2] != 'A' else 'B'}{claims[-1]}.{signature}"
    assert postgrest.get("/users_profile", headers={"Authorization": f"Bearer {altered}"}).status_code == 401


def test_our_own_api_works_there(world: World, supabase: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `sb_web`, and with pg_trgm in Supabase's schema `extensions`."""
    monkeypatch.setenv("SB_WEB_PASSWORD", clusters.PASSWORD)
    call_command("ensure_roles", verbosity=0)
    client = ApiClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(world.learner, family_id=world.learner.pk)}")
    with connected_to(login(supabase, "sb_web")):
        me = client.get("/api/v1/users/me/")
        similar = client.get("/api/v1/skills/", {"q": "skil"})
    connection.close()

    assert (me.status_code, me.json()["handle"]) == (200, "learner")
    assert similar.status_code == 200
    assert similar.json()["results"]


def ask(
    client: httpx.Client,
    world: World,
    identity: str,
    table: str,
    access: Access,
    command: str,
    columns: dict[str, Any],
) -> str:
    """`done`, or the status of PostgREST's refusal; nothing is kept."""
    headers = {"Prefer": "return=minimal,count=exact,tx=rollback", "Content-Type": "application/json"}
    if identity != ANONYMOUS:
        headers |= bearer(world.people[identity])
    if command == "insert":
        answer = client.post(f"/{table}", headers=headers, content=as_json(columns))
        return "done" if answer.status_code == 201 else f"{answer.status_code} {answer.text}"
    row = access.row(world) if access.row else world.rows[table]
    where = {str(row._meta.pk.column): f"eq.{row.pk}"}
    if command == "select":
        answer = client.get(f"/{table}", headers=headers, params=where | {"select": row._meta.pk.column})
    elif command == "update":
        answer = client.patch(f"/{table}", headers=headers, params=where, content=as_json(columns))
    else:
        answer = client.delete(f"/{table}", headers=headers, params=where)
    is_done = answer.is_success and answer.headers["Content-Range"].endswith("/1")
    # Django deletes what hangs on a row before it; for another client the row is held by it, allowed or not.
    is_held = command == "delete" and answer.status_code == 409 and answer.json()["code"] == FOREIGN_KEY_VIOLATION
    return "done" if is_done or is_held else f"{answer.status_code} {answer.headers.get('Content-Range')} {answer.text}"


def bearer(person: User) -> dict[str, str]:
    """The header of a client that Supabase's own login knows under this id."""
    token = jwt.encode({"role": "authenticated", "sub": str(person.pk)}, SECRET, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


def as_json(columns: dict[str, Any]) -> bytes:
    """Columns as `Access` gives them to psycopg2, as a client of PostgREST sends them."""
    return orjson.dumps(columns, default=lambda value: value.adapted if hasattr(value, "adapted") else str(value))
