"""The seeded world is what the same facts would have become one by one: every trigger's own function agrees."""

import io
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.derived import check_all
from skillbridge_backend.scale.seeding import TABLES, Seeding
from tests.scale.conftest import PEOPLE, UNTIL, empty


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def differences(recompute: str, read: str) -> set[tuple[Any, ...]]:
    """What `read` finds otherwise after `recompute`, which is rolled back."""
    before = rows(read)
    assert before, "nothing to compare"
    with transaction.atomic():
        rows(recompute)
        after = rows(read)
        transaction.set_rollback(True)
    return set(before) ^ set(after)


SETTLED = {
    "modules": "SELECT private.badges_settle_modules(array_agg(id)) FROM roadmaps_module",
    "roadmaps": "SELECT private.badges_settle_roadmaps(array_agg(id)) FROM roadmaps_roadmap",
    "posts": "SELECT private.forum_settle_points(array_agg(id)) FROM forum_forumpost",
    "minutes": "SELECT private.badges_settle('minutes_learned', 'progress_log', array_agg(user_id), array_agg(id),"
    " array_agg(minutes)) FROM progress_progresslog WHERE minutes > 0",
    "commits": "SELECT private.badges_settle('commits_pushed', 'progress_log', array_agg(user_id), array_agg(id),"
    " array_agg(commits)) FROM progress_progresslog WHERE commits > 0",
    "streaks": "SELECT private.badges_settle('streak_days', 'user', array_agg(id), array_agg(id),"
    " array_agg(private.progress_longest_streak(id))) FROM users_user",
    "repositories": "SELECT private.badges_settle('repositories_connected', 'repository', array_agg(owner_id),"
    " array_agg(id), array_agg(1)) FROM progress_repository",
}


@pytest.mark.django_db
@pytest.mark.parametrize("subject", SETTLED)
def test_ledger_settled_again_books_nothing(seeded: Seeding, subject: str) -> None:
    assert not differences(SETTLED[subject], "SELECT user_id, metric, amount, points, key FROM badges_pointsentry")


@pytest.mark.django_db
def test_totals_are_the_sums_of_the_ledger_and_nobody_is_owed_a_badge(seeded: Seeding) -> None:
    # The trigger sums anew whoever is booked for.
    rebooked = "UPDATE badges_metrictotal SET amount = -1, points = -1; INSERT INTO badges_pointsentry (id, user_id,"
    rebooked += (
        " metric, amount, points, source_type, key, note, created_at) SELECT private.new_id(), user_id, metric, 1,"
    )
    rebooked += " 0, 'test', 'test:' || user_id || metric, '', now() FROM badges_metrictotal"
    everything = "SELECT user_id, metric, amount - (SELECT count(*) FROM badges_pointsentry e WHERE e.user_id ="
    everything += " t.user_id AND e.metric = t.metric AND source_type = 'test' AND t.metric <> 'points'), points"
    everything += " FROM badges_metrictotal t"

    assert not differences(rebooked, everything)
    assert rows("SELECT * FROM private.badges_due(NULL, NULL)") == []
    assert (
        rows(
            "SELECT a.id FROM badges_award a CROSS JOIN jsonb_array_elements(a.reason -> 'conditions') AS c"
            " LEFT JOIN badges_metrictotal t ON t.user_id = a.user_id AND t.metric = c ->> 'metric'"
            " WHERE coalesce(t.amount, 0) < (c ->> 'at_least')::bigint OR t.amount <> (c ->> 'amount')::bigint"
        )
        == []
    )


@pytest.mark.django_db
def test_progress_days_standings_and_counters_are_what_their_functions_compute(seeded: Seeding) -> None:
    assert not differences(
        "SELECT private.roadmaps_recompute_progress(array_agg(id)) FROM roadmaps_roadmap",
        "SELECT id, progress, completed_at FROM roadmaps_roadmap",
    )
    assert rows("SELECT private.progress_roll_up_since('2000-01-01')") == [(0,)]
    assert not differences(
        "SELECT private.matches_refresh_standings(array_agg(DISTINCT mentor_id)) FROM matches_mentormatch",
        "SELECT * FROM matches_mentorstanding",
    )
    assert not differences(
        "UPDATE users_mentorlisting SET search = '', skills = '{}', away = '{}', described = '{}', places_taken = 99;"
        " SELECT private.users_refresh_listings(array_agg(id)) FROM users_profile;"
        " SELECT private.matches_refresh_standings(array_agg(id)) FROM users_user WHERE role = 'mentor'",
        # The other figures follow the clock, and it is later now than the end of the world.
        "SELECT profile_id, search::text, skills::text, languages::text, country, time_zone, away::text, capacity,"
        " places_taken, described FROM users_mentorlisting",
    )
    assert not differences(
        "SELECT private.forum_count_replies(array_agg(id)) FROM forum_forumpost",
        "SELECT id, reply_count, last_reply_at FROM forum_forumpost",
    )
    # A vote and a report that are written anew count their posts again.
    assert not differences(
        "UPDATE forum_vote SET value = value; UPDATE forum_report SET note = note",
        "SELECT id, vote_score, report_count FROM forum_forumpost",
    )


@pytest.mark.django_db
def test_followers_are_those_who_wrote_and_deliveries_what_the_trigger_decides(seeded: Seeding) -> None:
    assert set(rows("SELECT thread_id, user_id FROM forum_subscription")) == set(
        rows("SELECT DISTINCT coalesce(thread_id, id), author_id FROM forum_forumpost")
    )
    assert not differences(
        "CREATE TEMP TABLE told ON COMMIT DROP AS SELECT * FROM notifications_notification;"
        " DELETE FROM notifications_delivery; DELETE FROM notifications_notification;"
        " INSERT INTO notifications_notification SELECT * FROM told",
        # What waited for a worker has been sent since.
        "SELECT notification_id, channel, replace(status, 'pending', 'sent'), reason FROM notifications_delivery",
    )


NOT_SEEDED = {
    "roadmaps: news of grants", "matches: news of proposals taken back", "matches: news of missed sessions",
    "forum: news of sanctions", "notifications: reach of broadcasts",
}  # fmt: skip
"""In a seeded world are no rounds, and nobody shares a roadmap, misses a session, is sanctioned or writes to all."""


@pytest.mark.django_db
def test_every_registered_derived_value_is_as_recomputed(seeded: Seeding) -> None:
    findings = {finding.name: finding for finding in check_all()}

    assert {name for name, finding in findings.items() if not finding.rows} == NOT_SEEDED
    assert {name: finding.wrong for name, finding in findings.items() if finding.wrong} == {}


@pytest.mark.django_db
def test_shapes_hold_that_triggers_keep_row_by_row(seeded: Seeding) -> None:
    for wrong in (
        (
            "SELECT p.id FROM forum_forumpost p JOIN forum_forumpost above ON above.id = p.parent_id"
            " WHERE p.depth <> above.depth + 1 OR p.created_at < above.created_at"
            " OR p.thread_id <> coalesce(above.thread_id, above.id)"
        ),
        (
            "SELECT c.id FROM matches_conversation c LEFT JOIN matches_message m ON m.conversation_id = c.id"
            " GROUP BY c.id HAVING count(m.id) <> c.last_seq OR coalesce(max(m.seq), 0) <> c.last_seq"
        ),
        (
            "SELECT s.mentor_id FROM matches_mentorstanding s JOIN users_profile p ON p.user_id = s.mentor_id"
            " WHERE s.places_taken > p.mentoring_capacity"
        ),
        "SELECT v.id FROM forum_vote v JOIN forum_forumpost p ON p.id = v.post_id WHERE p.author_id = v.user_id",
        (
            "SELECT r.id FROM progress_repository r WHERE last_delivery_at IS DISTINCT FROM"
            " (SELECT max(received_at) FROM progress_webhookdelivery d WHERE d.repository_id = r.id)"
        ),
    ):
        assert rows(wrong) == []


@pytest.mark.django_db
def test_activity_has_a_long_tail(seeded: Seeding) -> None:
    assert seeded.rows["users_user"] == PEOPLE
    for table, person in (("forum_forumpost", "author_id"), ("progress_progresslog", "user_id")):
        counts = [row[0] for row in rows(f"SELECT count(*) FROM {table} GROUP BY {person} ORDER BY 1 DESC")]
        assert len(counts) == PEOPLE
        assert counts[0] > 10 * counts[PEOPLE // 2]


def guards() -> list[tuple[Any, ...]]:
    """Everything that the bulk load takes away.

    Without casts and brackets: PostgreSQL writes a list of an index's condition otherwise after it has read it once.
    """
    found = rows(
        "SELECT relname, relforcerowsecurity::text FROM pg_class WHERE oid = ANY (%s::regclass[])"
        " UNION ALL SELECT tgrelid::regclass::text || tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT conrelid::regclass::text || conname, pg_get_constraintdef(oid) || convalidated"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY (%s::regclass[]) ORDER BY 1, 2",
        list(TABLES),
        list(TABLES),
    )
    return [(name, re.sub(r"[()]|::(text|character varying)(\[\])?", "", guard)) for name, guard in found]


def fingerprint() -> list[tuple[Any, ...]]:
    return [rows(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")[0] for table in TABLES]


def test_the_same_seed_makes_the_same_world_and_the_guards_come_back(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    def run(seed: int) -> list[tuple[Any, ...]]:
        words = ["--users", "40", "--seed", str(seed), "--until", f"{UNTIL:%Y-%m-%d}", "--replace"]
        call_command("seed_scale", *words, stdout=io.StringIO(), stderr=io.StringIO())
        with acting_as_service():
            return fingerprint()

    with django_db_blocker.unblock():
        before = guards()
        rows("SET ROLE sb_owner")  # as the command is run, and with policies that let the owner read nothing
        try:
            first, again, other = run(1), run(1), run(2)
            with pytest.raises(CommandError, match="people in this database already"):
                call_command("seed_scale", "--users", "5", stdout=io.StringIO(), stderr=io.StringIO())
        finally:
            rows("RESET ROLE")
            empty()
        assert guards() == before

    assert first == again
    assert first != other


@pytest.mark.django_db
def test_production_is_refused(settings: Any) -> None:
    settings.SETTINGS_MODULE = "skillbridge_backend.settings.production"

    with pytest.raises(CommandError, match="A made-up world is for measurements"):
        call_command("seed_scale", "--users", "5", stdout=io.StringIO(), stderr=io.StringIO())
