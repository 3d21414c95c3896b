"""What the catalogue of the database says of every table, policy, view and role."""

import re
from collections import defaultdict
from typing import Any

import pytest
from django.db import connection

from tests.policies.world import tables

DJANGOS = "Django's own, for the admin: its roles go around policies, and nobody else is to see a row"
EXEMPT = {
    "auth_group": DJANGOS,
    "auth_group_permissions": DJANGOS,
    "django_admin_log": DJANGOS,
    "django_session": DJANGOS,
    "users_user_groups": DJANGOS,
    "users_user_user_permissions": DJANGOS,
    "roadmaps_modelanswer": "shared by equal requests and nobody's, so service_role alone reads and writes it",
    "core_dead_letter_fate": "written and read by service_role, which goes around policies",
    "roadmaps_videosearch": "what the service has searched for",
    "roadmaps_youtubeday": "what the service has spent",
    "users_auditpending": "the sealer's list, written and read by definer functions",
}
"""Tables without a policy, and why. They are enabled and forced all the same: nobody gets a row."""

OUTSIDE_THE_MATRIX = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that the owner's migrations write and that hold nobody's rows."""

pytestmark = pytest.mark.django_db


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def our_tables() -> dict[str, tuple[bool, bool, int]]:
    """Every table of schema public: whether policies are enabled, forced, and how many there are."""
    return {
        table: (enabled, forced, policies)
        for table, enabled, forced, policies in rows(
            "SELECT relname::text, relrowsecurity, relforcerowsecurity,"
            " (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid)"
            " FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        )
    }


def policies() -> list[tuple[str, str, str, str, list[str]]]:
    """Table, name, the expressions of USING and of WITH CHECK, roles."""
    return [
        (table, name, using or "", check or "", roles)
        for table, name, using, check, roles in rows(
            "SELECT tablename::text, policyname::text, qual, with_check, roles::text[] FROM pg_policies"
            " WHERE schemaname = 'public'"
        )
    ]


def test_every_table_is_enabled_and_forced_and_has_policies_or_a_reason_why_not() -> None:
    open_tables = {table for table, (enabled, forced, _) in our_tables().items() if not (enabled and forced)}
    assert open_tables == set()
    bare = {table for table, (_, _, count) in our_tables().items() if not count}
    assert bare == set(EXEMPT)


def test_no_request_may_touch_an_exempt_table() -> None:
    granted = rows(
        "SELECT table_name::text, grantee::text FROM information_schema.table_privileges"
        " WHERE grantee IN ('PUBLIC', 'anon', 'authenticated', 'account_service', 'webhook_service', 'sb_web')"
    )
    assert {table for table, _ in granted} & set(EXEMPT) == set()


def test_every_table_with_policies_is_in_the_matrix() -> None:
    there = set(our_tables()) - set(EXEMPT) - OUTSIDE_THE_MATRIX
    assert there - {case.partition(":")[0] for case in tables()} == set()


def test_every_policy_names_its_roles() -> None:
    assert [(table, name) for table, name, _, _, roles in policies() if "public" in roles] == []


def test_every_function_in_a_policy_is_called_once_a_statement() -> None:
    """`auth.uid()` bare runs for every row where no index takes it; `(SELECT auth.uid())` runs once."""
    bare = re.compile(r"(?<!SELECT )(?<!FROM )\b(?:auth|private)\.\w+\(")
    assert [(table, name) for table, name, using, check, _ in policies() if bare.search(using + check)] == []


def test_every_column_that_a_policy_looks_for_is_indexed() -> None:
    """Only those of USING: a WITH CHECK looks at the row in hand."""
    first_columns = defaultdict(set)
    for table, column in rows(
        "SELECT i.indrelid::regclass::text, a.attname::text FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
    ):
        first_columns[table].add(column)
    compared = re.compile(r"\((\w+) (?:= \( SELECT|IN \( SELECT|= ANY \( SELECT)")
    missing = {
        (table, column)
        for table, _, using, _, _ in policies()
        for column in compared.findall(using)
        if column not in first_columns[table]
    }
    assert missing == set()


def test_views_look_with_the_eyes_of_whoever_asks() -> None:
    assert rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'"
        " AND NOT coalesce(reloptions::text, '') LIKE '%security_invoker=true%'"
    ) == []  # fmt: skip


def test_logins_cannot_go_around_the_policies() -> None:
    found = {
        name: (is_superuser, bypasses)
        for name, is_superuser, bypasses in rows(
            "SELECT rolname::text, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'sb\\_%' AND rolcanlogin"
        )
    }
    assert found == {"sb_web": (False, False), "sb_worker": (False, False), "sb_admin": (False, True)}


def test_a_web_process_becomes_nobody_who_bypasses_the_policies() -> None:
    within_reach = rows(
        "SELECT rolname::text FROM pg_roles WHERE pg_has_role('sb_web', oid, 'MEMBER') AND rolbypassrls"
    )
    assert within_reach == []
