"""One statement's plan, buffers and time, through the eyes of the person who asked."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from skillbridge_backend.core.access import DatabaseRole, enter_role
from skillbridge_backend.core.ids import new_id
from users.models import User
from users.tokens import issue_access_token

LARGE_TABLE = 10_000
"""Rows; a sequential scan of a table with more is a miss."""
CONTEXT = 2
"""Statements that every request with a token begins with: the role, the account."""
PAST_POLICIES = "bench_past_policies"
"""A role with the grants of `authenticated` whom no policy meets: the two differ in the policies alone."""


@dataclass
class Measured:
    """The statements of one request, added up. `rows` are those of the answer; 1 where it is no list."""

    rows: int = 1
    statements: int = 0
    buffers: int = 0
    milliseconds: float = 0
    policies_milliseconds: float = 0
    scans: list[str] = field(default_factory=list)
    sequential: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def statements_of(actor: User, path: str) -> tuple[list[str], int]:
    """The SQL of this request, as PostgreSQL gets it, without what every request begins with; and the rows answered."""
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(actor, family_id=new_id())}")
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/api/v1/{path}")
    if response.status_code != 200:
        raise SystemExit(f"GET {path} answers {response.status_code}: {response.content[:500]!r}")
    selects = [q["sql"] for q in queries if q["sql"].lstrip().startswith(("SELECT", "WITH"))]
    body = response.json()
    listed = body.get("results", [0]) if isinstance(body, dict) else body
    own = [sql for sql in selects[CONTEXT:] if "set_config(" not in sql and "current_setting(" not in sql]
    return own, max(1, len(listed))


def measure(actor: User, path: str, *, rounds: int) -> Measured:
    """Buffers of one warm run, and medians of `rounds` runs with the policies and without, in turn."""
    statements, rows = statements_of(actor, path)
    measured = Measured(rows=rows)
    for sql in statements:
        with _as(actor), connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
            before = _sequential_scans()
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}")
            row = cursor.fetchone()
            after = _sequential_scans()
        plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
        top = plan[0]["Plan"]
        measured.statements += 1
        measured.buffers += top["Shared Hit Blocks"] + top["Shared Read Blocks"]
        measured.scans += [scan for scan in _scans(top) if scan not in measured.scans]
        measured.sequential += [table for table, scans in after.items() if scans > before.get(table, 0)]
        with_policies, without = _timed(actor, sql, rounds)
        measured.milliseconds += with_policies
        measured.policies_milliseconds += with_policies - without
    return measured


def _timed(actor: User, sql: str, rounds: int) -> tuple[float, float]:
    """Milliseconds at the median, as the person and past the policies. `role_past_policies` has to be there."""
    taken: dict[str, list[float]] = {str(DatabaseRole.AUTHENTICATED): [], PAST_POLICIES: []}
    for number in range(rounds):
        # In turn, so that what slows the machine slows both; who is first alternates.
        for role in sorted(taken, reverse=bool(number % 2)):
            with _as(actor, role), connection.cursor() as cursor:
                began = time.perf_counter()
                cursor.execute(sql)
                cursor.fetchall()
                taken[role].append((time.perf_counter() - began) * 1000)
    return median(taken[DatabaseRole.AUTHENTICATED]), median(taken[PAST_POLICIES])


@contextmanager
def role_past_policies() -> Iterator[None]:
    """The role that timings are compared with, while the block runs. Roles belong to all databases of a server."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {PAST_POLICIES}")
        cursor.execute(f"CREATE ROLE {PAST_POLICIES} BYPASSRLS INHERIT IN ROLE authenticated")
        try:
            yield
        finally:
            cursor.execute(f"DROP ROLE {PAST_POLICIES}")


@contextmanager
def _as(actor: User, role: str = DatabaseRole.AUTHENTICATED) -> Iterator[None]:
    with transaction.atomic():
        enter_role(DatabaseRole.AUTHENTICATED, user_id=actor.pk, user_role=actor.role)
        if role != DatabaseRole.AUTHENTICATED:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', %s, true)", [role])
        yield
        transaction.set_rollback(True)


def _sequential_scans() -> dict[str, int]:
    """Scans of large tables in this transaction so far, those inside functions included, which no plan shows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname::text, pg_stat_get_xact_numscans(c.oid) FROM pg_class c"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.reltuples > %s",
            [LARGE_TABLE],
        )
        return dict(cursor.fetchall())


def _scans(node: dict[str, Any]) -> Iterator[str]:
    """Every way in which the plan reads a table, such as `roadmap_by_owner` or `seq forum_category`."""
    kind = node["Node Type"]
    if kind == "Seq Scan":
        yield f"seq {node['Relation Name']}"
    elif kind == "Function Scan":
        yield f"{node.get('Function Name')}()"
    elif "Index Name" in node:
        yield str(node["Index Name"])
    for below in node.get("Plans", []):
        yield from _scans(below)
