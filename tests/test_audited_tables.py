"""Which tables the audit trail records: a sensitive one that is forgotten, or one that is taken out, is seen here."""

import pytest
from django.db import connection

AUDITED = {
    "auth_group",
    "auth_group_permissions",
    "badges_award",
    "badges_badge",
    "badges_pointsrule",
    "django_admin_log",
    "forum_category",
    "forum_sanction",
    "matches_matchround",
    "matches_mentormatch",
    "notifications_broadcast",
    "progress_repository",
    "roadmaps_roadmapgrant",
    "users_authenticatorapp",
    "users_passkey",
    "users_personaltoken",
    "users_recoverycode",
    "users_skill",
    "users_skillalias",
    "users_skillprerequisite",
    "users_sociallink",
    "users_track",
    "users_trackskill",
    "users_user",
    "users_user_groups",
    "users_user_user_permissions",
}

pytestmark = pytest.mark.django_db


def rows(statement: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[str, ...]] = cursor.fetchall()
        return found


def test_sensitive_tables_have_all_three_triggers() -> None:
    triggers = rows(
        "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger"
        " WHERE tgfoid = 'private.audit_rows'::regproc AND tgenabled = 'O'"
    )
    kinds = ("audit_deleted", "audit_inserted", "audit_updated")
    assert {table for table, _ in triggers} >= AUDITED
    assert sorted(triggers) == sorted((table, kind) for table in {table for table, _ in triggers} for kind in kinds)


def test_columns_that_look_secret_are_hidden_in_every_audited_table() -> None:
    told = rows(
        """
        SELECT c.table_name::text, c.column_name::text
        FROM information_schema.columns c
        JOIN pg_trigger t ON t.tgrelid = format('public.%I', c.table_name)::regclass AND t.tgname = 'audit_updated'
        WHERE c.table_schema = 'public' AND c.column_name ~ 'passw|secret|token|hash|_key$|email$'
          AND c.column_name NOT IN ('token_version', 'previous_secret_expires_at', 'has_short_password')
          AND encode(t.tgargs, 'escape') !~ ('[{,]' || c.column_name || '[,}]')
        """
    )
    assert told == []
