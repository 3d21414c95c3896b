"""Who may call the database's functions: a SECURITY DEFINER function that anybody may call goes around every grant."""

import pytest
from django.db import ProgrammingError, connection

from skillbridge_backend.core.access import DatabaseRole, enter_role

OPEN_TO_REQUESTS = {
    "anon": {"roadmaps_author", "roadmaps_shown", "users_public_profile", "users_shown_leave"},
    "webhook_service": set(),
    "account_service": {"audit_event"},
    "authenticated": {
        "badges_leaderboard",
        "forum_lock_posts",
        "forum_may_sanction",
        "is_admin",
        "is_moderating",
        "is_session_over",
        "matches_apply_round",
        "matches_asking",
        "matches_candidates",
        "matches_histories",
        "matches_may_ask",
        "matches_rarity",
        "matches_sought",
        "matches_told",
        "matches_undo_round",
        "matches_waiting_times",
        "matches_weighed",
        "matches_my_active_partners",
        "matches_my_conversations",
        "matches_my_matches",
        "matches_my_partners",
        "my_email",
        "progress_rotate_secret",
        "roadmaps_author",
        "roadmaps_content",
        "roadmaps_copy_links",
        "roadmaps_mine",
        "roadmaps_open_grant",
        "roadmaps_opened",
        "roadmaps_shown",
        "roadmaps_source",
        "users_public_profile",
        "users_shown_leave",
        "users_suggest_skill",
    },
}
"""Functions other than triggers' (nobody can call those) that a request may call, by role."""


@pytest.mark.django_db
@pytest.mark.parametrize("role", OPEN_TO_REQUESTS)
def test_request_may_call_only_the_functions_that_were_granted_to_it(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'private'::regnamespace"
            " AND prorettype <> 'trigger'::regtype AND has_function_privilege(%s, oid, 'EXECUTE')",
            [role],
        )
        assert {name for (name,) in cursor.fetchall()} == OPEN_TO_REQUESTS[role]


@pytest.mark.django_db
def test_visitor_cannot_publish_by_calling_the_triggers_function() -> None:
    enter_role(DatabaseRole.ANONYMOUS)
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied for function publish"):
        cursor.execute("SELECT private.publish('notifications.send_account_email', '{}'::jsonb)")
