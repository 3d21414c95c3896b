"""Databases of a test's own, and Django's connection to them. What happens in them is said by the tests."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

from skillbridge_backend.embedded.for_tests import template_name
from skillbridge_backend.settings.environment import BASE_DIR

OWNER = "sb_owner"


@contextmanager
def connected_to(url: str, *, role: str = "") -> Iterator[None]:
    """Inside, Django's connection leads to `url`, as `role` if one is named; afterwards where it led before."""
    parts = urlsplit(url)
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        NAME=parts.path.lstrip("/"),
        USER=unquote(parts.username or ""),
        PASSWORD=unquote(parts.password or ""),
        HOST=parts.hostname or "",
        PORT=str(parts.port or ""),
        OPTIONS={"options": f"-c role={role}"} if role else {},
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


@contextmanager
def scratch_database(server_url: str, name: str, *, template: str = "template0") -> Iterator[str]:
    """The URL of a database that is there until the block ends: empty, or a copy of `template`."""
    server = psycopg2.connect(server_url)
    server.autocommit = True

    def execute(statement: str) -> None:
        with server.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(name=sql.Identifier(name), template=sql.Identifier(template)))

    execute("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    execute("CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        execute("DROP DATABASE {name} WITH (FORCE)")
        server.close()


@contextmanager
def migrated_database(name: str) -> Iterator[str]:
    """The URL of a database as the migrations leave it on the embedded PostgreSQL, without what conftest.py changes."""
    server = os.environ["SKILLBRIDGE_TESTS_MAINTENANCE_URL"]
    database = f"{connection.settings_dict['NAME']}_{name}"
    with scratch_database(server, database, template=template_name(BASE_DIR)) as url:
        with connected_to(url):
            # A copy has the template's tables, and not the rights on the database itself.
            call_command("ensure_roles", stdout=io.StringIO())
        yield url


def migrate_from_nothing(url: str) -> None:
    """What an operator does with an empty database."""
    with connected_to(url):
        call_command("ensure_roles", stdout=io.StringIO())
    with connected_to(url, role=OWNER):
        call_command("migrate", verbosity=0)


def rows(query: str) -> list[tuple[Any, ...]]:
    """What the query finds, through Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def schema() -> list[tuple[str, ...]]:
    """What migrations leave behind: tables with all that hangs on them, and functions."""
    return rows(SCHEMA)


SCHEMA = """
SELECT c.relname::text, 'column', a.attname::text, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT c.relname::text, 'table', c.relrowsecurity || ' ' || c.relforcerowsecurity,
       (SELECT string_agg(acl::text, ' ' ORDER BY acl::text) FROM unnest(c.relacl) AS acl)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
UNION ALL
SELECT conrelid::regclass::text, 'constraint', conname::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype NOT IN ('n', 't')
UNION ALL
SELECT indrelid::regclass::text, 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT polrelid::regclass::text, 'policy', polname || ' ' || polcmd::text || ' ' || polroles::regrole[]::text,
       coalesce(pg_get_expr(polqual, polrelid), '') || ' / ' || coalesce(pg_get_expr(polwithcheck, polrelid), '')
FROM pg_policy
UNION ALL
SELECT tgrelid::regclass::text, 'trigger', tgname::text, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', pg_get_userbyid(proowner)::text, proname::text,
       pg_get_functiondef(oid) || (SELECT string_agg(acl::text, ' ' ORDER BY acl::text) FROM unnest(proacl) AS acl)
FROM pg_proc WHERE pronamespace = 'private'::regnamespace
ORDER BY 1, 2, 3, 4
"""
