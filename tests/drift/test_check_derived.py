"""`manage.py check_derived` finds whatever was spoiled behind the triggers' back, and `--fix` brings all of it back."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from badges.tests.factories import BadgeFactory, PointsRuleFactory
from forum.tests.factories import ReplyFactory, ReportFactory, ThreadFactory, VoteFactory
from matches.tests.factories import MatchFactory, MessageFactory, ReviewFactory, SessionFactory
from progress.tests.factories import ProgressLogFactory, RepositoryFactory, WebhookDeliveryFactory
from roadmaps.tests.factories import ModuleFactory
from skillbridge_backend.core.derived import check_all, registered
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def a_little_of_everything() -> None:
    for metric in ("modules_completed", "replies_written", "minutes_learned"):
        PointsRuleFactory(metric=metric, points=7)
    module = ModuleFactory(status="completed", weight=3)
    ModuleFactory(roadmap=module.roadmap, weight=4)
    ModuleFactory(status="completed")
    entry = ProgressLogFactory(minutes=30, commits=2)
    BadgeFactory(criteria=[[{"metric": "minutes_learned", "at_least": 10}]])
    ProgressLogFactory(user=entry.user, minutes=5)
    WebhookDeliveryFactory(repository=RepositoryFactory())
    match = MatchFactory.in_state("active")
    MessageFactory(conversation=match.conversation)
    SessionFactory(match=match)
    ended = ReviewFactory().match
    ReviewFactory(match=ended, author=ended.mentor)
    reply = ReplyFactory(thread=ThreadFactory(), is_solution=True)
    ReplyFactory(thread=reply.thread, parent=reply)
    VoteFactory(post=reply)
    ReportFactory(post=reply)


# What a restore of half a backup, a switched-off trigger or a slip in psql leaves behind, for each value.
SPOILT = {
    "roadmaps: progress, completion": "UPDATE roadmaps_roadmap SET completed_at = NULL, progress = 99",
    "progress: daily activity": "UPDATE progress_dailyactivity SET minutes = minutes + 1",
    "progress: last deliveries": "UPDATE progress_repository SET last_delivery_at = NULL",
    "badges: completed modules": "DELETE FROM badges_pointsentry WHERE metric = 'modules_completed'",
    "badges: completed roadmaps": "DELETE FROM badges_pointsentry WHERE metric = 'roadmaps_completed'",
    "badges: minutes learned": "UPDATE badges_pointsentry SET amount = 1 WHERE metric = 'minutes_learned'",
    "badges: commits pushed": "DELETE FROM badges_pointsentry WHERE metric = 'commits_pushed'",
    "badges: longest streaks": "UPDATE badges_pointsentry SET amount = 9 WHERE metric = 'streak_days'",
    "badges: connected repositories": "DELETE FROM badges_pointsentry WHERE metric = 'repositories_connected'",
    "matches: standings of mentors": "DELETE FROM matches_mentorstanding",
    "matches: newest messages": "UPDATE matches_conversation SET last_seq = 0, last_message_at = NULL",
    "matches: people of sessions": "UPDATE matches_session SET learner_id = mentor_id",
    "matches: revealed reviews": "UPDATE matches_review SET revealed_at = now() + interval '1 day'",
    "matches: bookings of mentorships": "DELETE FROM badges_pointsentry WHERE metric LIKE 'mentorships%'",
    "forum: replies and their last time": "UPDATE forum_forumpost SET reply_count = 5, last_reply_at = now()",
    "forum: scores of votes": "UPDATE forum_forumpost SET vote_score = -3",
    "forum: open reports": "UPDATE forum_forumpost SET report_count = report_count + 1",
    "forum: questions asked": "DELETE FROM badges_pointsentry WHERE metric = 'questions_asked'",
    "forum: replies written": "UPDATE badges_pointsentry SET amount = 2 WHERE metric = 'replies_written'",
    "forum: solutions accepted": "DELETE FROM badges_pointsentry WHERE metric = 'solutions_accepted'",
    "forum: votes received": "DELETE FROM badges_pointsentry WHERE metric = 'votes_received'",
    "badges: totals of metrics": "UPDATE badges_metrictotal SET amount = amount + 1 WHERE metric <> 'points'",
    "badges: points": "DELETE FROM badges_metrictotal WHERE metric = 'points'",
    "badges: awards that are due": "DELETE FROM badges_award",
}


@pytest.fixture
def behind_the_triggers() -> Callable[[str], int]:
    """Runs a statement as if there were no triggers; returns the rows it changed."""

    def run(sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
            changed = int(cursor.rowcount)
            cursor.execute("SET LOCAL session_replication_role = origin")
        return changed

    return run


def wrong(**options: Any) -> dict[str, int]:
    return {finding.name: finding.wrong for finding in check_all(**options) if finding.wrong}


def test_nothing_is_wrong_with_what_the_triggers_wrote() -> None:
    a_little_of_everything()
    findings = list(check_all())
    assert [finding for finding in findings if finding.wrong] == []
    assert [finding.name for finding in findings if not finding.rows] == []


def test_every_derived_value_has_a_way_to_be_spoilt() -> None:
    assert [value.name for value in registered()] == list(SPOILT)


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_value_is_found_and_repaired(name: str, behind_the_triggers: Callable[[str], int]) -> None:
    a_little_of_everything()
    assert behind_the_triggers(SPOILT[name])
    assert wrong()[name] >= 1

    assert all(finding.left == 0 for finding in check_all(is_repairing=True))

    assert wrong() == {}


def test_command_prints_a_table_and_says_by_its_exit_code_what_it_found(
    behind_the_triggers: Callable[[str], int],
) -> None:
    a_little_of_everything()
    behind_the_triggers(SPOILT["forum: scores of votes"])
    output = StringIO()
    with pytest.raises(CommandError, match="--fix repairs them"):
        call_command("check_derived", only=["forum: scores of votes"], stdout=output)
    heading, line = output.getvalue().splitlines()
    assert heading.split() == ["value", "rows", "wrong"]
    posts = wrong()["forum: scores of votes"]
    assert line.split()[-2:] == [str(posts), str(posts)]

    output = StringIO()
    call_command("check_derived", fix=True, stdout=output)
    assert len(output.getvalue().splitlines()) == 1 + len(SPOILT)
    call_command("check_derived", stdout=StringIO())


def test_repair_goes_on_beyond_one_batch(behind_the_triggers: Callable[[str], int], monkeypatch: Any) -> None:
    monkeypatch.setattr("skillbridge_backend.core.derived.BATCH", 2)
    author = UserFactory()
    ThreadFactory.create_batch(5, author=author)
    behind_the_triggers("UPDATE forum_forumpost SET vote_score = 1")
    (finding,) = check_all(is_repairing=True, names=["forum: scores of votes"])
    assert (finding.rows, finding.wrong, finding.left) == (5, 5, 0)
