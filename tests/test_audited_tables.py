"""Which tables the audit trail records: a sensitive one that is forgotten, or one that is taken out, is seen here."""

import pytest
from django.db import ProgrammingError, connection, transaction

from forum.tests.factories import SanctionFactory

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
    "roadmaps_publication",
    "roadmaps_resource",
    "roadmaps_roadmapgrant",
    "roadmaps_sharelink",
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

DJANGOS = "Django's own, written by migrations and logins"
PIPES = "what was promised and done, kept for a while by its own retention"
DERIVED = "recomputed from other rows by triggers"
CONTENT = "what people write for themselves or each other; who wrote what is in the row"
KEPT = "rows that stay, each with who and when: a trail of its own"
PASSING = "gone when it is used up; what came of it is an event of the account"
NOT_AUDITED = {
    "auth_permission": DJANGOS,
    "django_content_type": DJANGOS,
    "django_migrations": DJANGOS,
    "django_session": DJANGOS,
    "core_dead_letter_fate": KEPT,
    "core_idempotency": PIPES,
    "core_inbox": PIPES,
    "core_outbox": PIPES,
    "core_tick": PIPES,
    "badges_metrictotal": DERIVED,
    "badges_pointsentry": KEPT,
    "forum_forumpost": CONTENT,
    "forum_mention": DERIVED,
    "forum_removedtext": KEPT,
    "forum_report": KEPT,
    "forum_subscription": CONTENT,
    "forum_vote": CONTENT,
    "matches_block": CONTENT,
    "matches_conversation": CONTENT,
    "matches_mentorstanding": DERIVED,
    "matches_message": CONTENT,
    "matches_readpointer": CONTENT,
    "matches_review": CONTENT,
    "matches_session": CONTENT,
    "matches_sessionseat": DERIVED,
    "notifications_delivery": PIPES,
    "notifications_notification": PIPES,
    "notifications_preference": CONTENT,
    "progress_dailyactivity": DERIVED,
    "progress_progresslog": CONTENT,
    "progress_webhookdelivery": PIPES,
    "roadmaps_forkbase": CONTENT,
    "roadmaps_generation": KEPT,
    "roadmaps_generationevent": PIPES,
    "roadmaps_grantedread": KEPT,
    "roadmaps_modelanswer": PIPES,
    "roadmaps_modelspending": KEPT,
    "roadmaps_module": CONTENT,
    "roadmaps_modulelink": CONTENT,
    "roadmaps_moduleprerequisite": CONTENT,
    "roadmaps_note": CONTENT,
    "roadmaps_ownresource": CONTENT,
    "roadmaps_resourcereport": KEPT,
    "roadmaps_roadmap": CONTENT,
    "roadmaps_roadmaplisting": DERIVED,
    "roadmaps_roadmaprating": CONTENT,
    "roadmaps_roadmapversion": KEPT,
    "roadmaps_videosearch": PIPES,
    "roadmaps_youtubeday": KEPT,
    "users_auditentry": "the trail itself",
    "users_auditpending": "the trail itself",
    "users_auditseal": "the trail itself",
    "users_availabilityslot": CONTENT,
    "users_challenge": PASSING,
    "users_contactchannel": CONTENT,
    "users_dataexport": "asked for and fetched, which are events of the account",
    "users_departure": "asked for and taken back, which are events of the account",
    "users_emailchange": PASSING,
    "users_leavewindow": CONTENT,
    "users_mentorlisting": DERIVED,
    "users_picture": CONTENT,
    "users_profile": CONTENT,
    "users_profileskill": CONTENT,
    "users_providervisit": PASSING,
    "users_refreshtokenfamily": "logins, refreshes and reuse are events of the account",
    "users_skillsuggestion": CONTENT,
    "users_wantedskill": CONTENT,
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
    assert {table for table, _ in triggers} == AUDITED
    assert sorted(triggers) == sorted((table, kind) for table in {table for table, _ in triggers} for kind in kinds)


def test_every_table_is_audited_or_says_why_not() -> None:
    tables = rows("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    assert {table for (table,) in tables} == AUDITED | set(NOT_AUDITED)


def test_key_of_an_audited_row_never_changes() -> None:
    keepers = rows(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_key_stays' AND tgenabled = 'O'"
    )
    assert {table for (table,) in keepers} == AUDITED
    sanction = SanctionFactory()
    with (
        pytest.raises(ProgrammingError, match="the key of a row of forum_sanction never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE forum_sanction SET id = gen_random_uuid(), lifted_at = clock_timestamp()")
    sanction.save()


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
