"""`manage.py check_derived` finds whatever was spoiled behind the triggers' back, and `--fix` brings all of it back."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from badges.tests.factories import BadgeFactory, PointsRuleFactory
from forum.tests.factories import (
    MentionFactory,
    ReplyFactory,
    ReportFactory,
    SanctionFactory,
    SubscriptionFactory,
    ThreadFactory,
    VoteFactory,
)
from matches.models import MentorMatch, Session
from matches.services import RoundService
from matches.tests.factories import (
    MatchFactory,
    MessageFactory,
    ReadPointerFactory,
    ReviewFactory,
    SessionFactory,
    missed_session,
    round_after,
)
from notifications.models import Broadcast, Notification
from notifications.services import CommunicationService
from notifications.tests.factories import BroadcastFactory
from progress.models import WebhookDelivery
from progress.tests.factories import ProgressLogFactory, RepositoryFactory, WebhookDeliveryFactory
from roadmaps.models import Generation
from roadmaps.tests.factories import GenerationFactory, ModuleFactory, RoadmapGrantFactory, RoadmapRatingFactory
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.derived import check_all, registered
from users.tests.factories import AvailabilitySlotFactory, ProfileSkillFactory, UserFactory

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
    delivery = WebhookDeliveryFactory(repository=RepositoryFactory())
    WebhookDelivery.objects.filter(pk=delivery.pk).update(status="processed", processed_at=timezone.now())
    for ending in ("succeeded", "failed"):
        planned(ending)
    RoadmapGrantFactory()
    RoadmapRatingFactory()
    match = MatchFactory.in_state("active")
    ProfileSkillFactory(profile=match.mentor.profile)
    AvailabilitySlotFactory(profile=match.mentor.profile)
    MessageFactory(conversation=match.conversation)
    SessionFactory(match=match)
    Session.objects.update(status="confirmed")
    missed_session(match, "no_show_learner")
    applied = round_after("running", "proposed", "applied")
    MatchFactory.in_state("proposed", round=applied)
    admin = UserFactory(role="admin")
    with acting_as(admin.pk, user_role=admin.role):
        RoundService.undo(actor=admin, round_id=applied.pk)
    MatchFactory.in_state("proposed")
    ended = ReviewFactory().match
    ReviewFactory(match=ended, author=ended.mentor)
    reply = ReplyFactory(thread=ThreadFactory(), is_solution=True)
    ReplyFactory(thread=reply.thread, parent=reply)
    VoteFactory(post=reply)
    ReportFactory(post=reply)
    MentionFactory(post=reply)
    SanctionFactory()
    CommunicationService().send_chunk(broadcast_id=BroadcastFactory().pk, after=None)


def planned(ending: str) -> Generation:
    job: Generation = GenerationFactory(status="running")
    Generation.objects.filter(pk=job.pk).update(status=ending, finished_at=timezone.now())
    return job


def forgotten(*kinds: str) -> str:
    """Removes the news of these kinds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"DELETE FROM notifications_notification WHERE kind IN ({listed})"


# What a restore of half a backup, a switched-off trigger or a slip in psql leaves behind, for each value.
SPOILT = {
    "users: listings of mentors": "UPDATE users_mentorlisting SET skills = '{}', search = ''",
    "users: traits of listings": "UPDATE users_mentorlisting SET number = NULL, traits = '{open}'",
    "users: skills of listed mentors": "UPDATE users_profileskill SET is_listed = NOT is_listed",
    "users: since when people seek": "UPDATE users_profile SET seeking_since = now() WHERE NOT is_seeking_mentoring",
    "roadmaps: progress, completion": "UPDATE roadmaps_roadmap SET completed_at = NULL, progress = 99",
    "roadmaps: gallery": "UPDATE roadmaps_roadmaplisting SET rating_count = 9, rating_mean = 1, title = 'x'",
    "roadmaps: news of ended plannings": forgotten("roadmap_ready", "roadmap_failed"),
    "roadmaps: news of grants": forgotten("roadmap_shared"),
    "roadmaps: news of nothing": "UPDATE roadmaps_generation SET status = 'failed' WHERE status = 'succeeded'",
    "progress: daily activity": "UPDATE progress_dailyactivity SET minutes = minutes + 1",
    "progress: last deliveries": "UPDATE progress_repository SET last_delivery_at = NULL",
    "progress: news of recorded work": forgotten("work_recorded"),
    "progress: news of no work": "UPDATE progress_webhookdelivery SET status = 'ignored' WHERE status = 'processed'",
    "badges: completed modules": "DELETE FROM badges_pointsentry WHERE metric = 'modules_completed'",
    "badges: completed roadmaps": "DELETE FROM badges_pointsentry WHERE metric = 'roadmaps_completed'",
    "badges: minutes learned": "UPDATE badges_pointsentry SET amount = 1 WHERE metric = 'minutes_learned'",
    "badges: commits pushed": "DELETE FROM badges_pointsentry WHERE metric = 'commits_pushed'",
    "badges: longest streaks": "UPDATE badges_pointsentry SET amount = 9 WHERE metric = 'streak_days'",
    "badges: connected repositories": "DELETE FROM badges_pointsentry WHERE metric = 'repositories_connected'",
    "matches: standings of mentors": "DELETE FROM matches_mentorstanding",
    "matches: figures of mentors": "UPDATE users_mentorlisting SET places_taken = 7, rating_count = 9",
    "matches: newest messages": "UPDATE matches_conversation SET last_seq = 0, last_message_at = NULL",
    "matches: people of sessions": "UPDATE matches_session SET learner_id = mentor_id",
    "matches: seats of sessions": "UPDATE matches_sessionseat SET during = tstzrange(now(), 'infinity')",
    "matches: revealed reviews": "UPDATE matches_review SET revealed_at = now() + interval '1 day'",
    "matches: bookings of mentorships": "DELETE FROM badges_pointsentry WHERE metric LIKE 'mentorships%'",
    "matches: news of steps": forgotten("match_requested", "match_accepted"),
    "matches: news of proposals taken back": forgotten("match_withdrawn"),
    "matches: news of missed sessions": forgotten("session_missed"),
    "matches: news of unread messages": forgotten("message_received"),
    "matches: news of nothing": "UPDATE notifications_notification SET kind = 'match_expired'"
    " WHERE kind = 'match_accepted'",
    "forum: replies and their last time": "UPDATE forum_forumpost SET reply_count = 5, last_reply_at = now()",
    "forum: scores of votes": "UPDATE forum_forumpost SET vote_score = -3",
    "forum: open reports": "UPDATE forum_forumpost SET report_count = report_count + 1",
    "forum: questions asked": "DELETE FROM badges_pointsentry WHERE metric = 'questions_asked'",
    "forum: replies written": "UPDATE badges_pointsentry SET amount = 2 WHERE metric = 'replies_written'",
    "forum: solutions accepted": "DELETE FROM badges_pointsentry WHERE metric = 'solutions_accepted'",
    "forum: votes received": "DELETE FROM badges_pointsentry WHERE metric = 'votes_received'",
    "forum: news of replies": forgotten("reply_posted"),
    "forum: news of solutions": forgotten("solution_accepted"),
    "forum: news of mentions": forgotten("mentioned"),
    "forum: news of sanctions": forgotten("sanctioned"),
    "forum: news of nothing": "UPDATE notifications_notification SET recipient_id = actor_id"
    " WHERE kind = 'reply_posted'",
    "badges: totals of metrics": "UPDATE badges_metrictotal SET amount = amount + 1 WHERE metric <> 'points'",
    "badges: points": "DELETE FROM badges_metrictotal WHERE metric = 'points'",
    "badges: who is ranked": "UPDATE badges_metrictotal SET is_ranked = NOT is_ranked",
    # With their news, which would be news of no award.
    "badges: awards that are due": f"WITH told AS ({forgotten('badge_awarded')}) DELETE FROM badges_award",
    "badges: news of awards": forgotten("badge_awarded"),
    "badges: news of no award": "UPDATE notifications_notification SET recipient_id = (SELECT min(id::text)::uuid FROM"
    " users_user WHERE id <> recipient_id) WHERE kind = 'badge_awarded'",
    "notifications: deliveries": "DELETE FROM notifications_delivery WHERE channel = 'email'",
    "notifications: reach of broadcasts": "UPDATE notifications_broadcast SET recipient_count = 1",
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


REPORTED = [
    "roadmaps: news of nothing",
    "progress: news of no work",
    "matches: news of nothing",
    "forum: news of nothing",
    "badges: news of no award",
]
"""What is only reported: nobody untells what was told."""


@pytest.mark.parametrize("name", REPORTED)
def test_news_of_what_did_not_happen_are_reported_and_left(
    name: str, behind_the_triggers: Callable[[str], int]
) -> None:
    a_little_of_everything()
    assert behind_the_triggers(SPOILT[name])

    (finding,) = check_all(is_repairing=True, names=[name])

    assert finding.wrong
    assert finding.left == finding.wrong


def test_all_but_news_of_nothing_can_be_repaired() -> None:
    assert [value.name for value in registered() if not value.repair] == REPORTED


@pytest.mark.parametrize("name", [name for name in SPOILT if name not in REPORTED])
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


def test_repair_tells_what_the_trigger_told(behind_the_triggers: Callable[[str], int]) -> None:
    a_little_of_everything()
    columns = ("uniqueness_key", "recipient_id", "kind", "actor_id", "target_type", "target_id", "data")
    told = set(map(str, Notification.objects.values_list(*columns)))
    withdrawn = MentorMatch.objects.get(status="cancelled")
    kept_nowhere = Q(kind="announcement") | Q(kind="match_proposed", target_id=withdrawn.pk)
    not_retold = set(map(str, Notification.objects.filter(kept_nowhere).values_list(*columns)))
    behind_the_triggers("DELETE FROM notifications_notification")

    list(check_all(is_repairing=True))

    # Whom a broadcast was sent to is kept nowhere else; a proposal that is gone is no news. Questions hold their time
    # in their key.
    assert set(map(str, Notification.objects.values_list(*columns))) == told - not_retold


@pytest.mark.parametrize("age", ["13 days", "15 days"])
def test_news_of_long_ago_are_not_demanded(age: str, behind_the_triggers: Callable[[str], int]) -> None:
    MentionFactory()
    behind_the_triggers(forgotten("mentioned"))
    behind_the_triggers(f"UPDATE forum_mention SET created_at = now() - interval '{age}'")
    assert ("forum: news of mentions" in wrong()) == (age == "13 days")


def test_news_of_closed_accounts_are_not_demanded(behind_the_triggers: Callable[[str], int]) -> None:
    mention = MentionFactory()
    behind_the_triggers(forgotten("mentioned"))
    behind_the_triggers(f"UPDATE users_user SET is_active = false WHERE id = '{mention.user_id}'")
    assert "forum: news of mentions" not in wrong()


@pytest.mark.parametrize(("deed", "is_missed"), [("nothing", True), ("muted", False), ("muted and followed", False)])
def test_reply_is_missed_by_who_did_not_mute_it(
    deed: str, is_missed: bool, behind_the_triggers: Callable[[str], int]
) -> None:
    ReplyFactory()
    behind_the_triggers(forgotten("reply_posted"))
    if deed != "nothing":
        muted = "true" if deed == "muted" else "false"
        behind_the_triggers(
            f"UPDATE forum_subscription SET is_muted = {muted}, updated_at = now() + interval '1 second'"
        )
    assert ("forum: news of replies" in wrong()) == is_missed


def test_reply_is_missed_by_who_followed_long_before(behind_the_triggers: Callable[[str], int]) -> None:
    thread = ThreadFactory()
    follower = SubscriptionFactory(thread=thread).user
    behind_the_triggers("UPDATE forum_subscription SET created_at = now() - interval '1 hour', updated_at = created_at")
    behind_the_triggers("UPDATE forum_subscription SET updated_at = now() - interval '1 hour'")
    reply = ReplyFactory(thread=thread)
    assert wrong() == {}
    behind_the_triggers(f"DELETE FROM notifications_notification WHERE recipient_id = '{follower.pk}'")
    assert wrong() == {"forum: news of replies": 1}

    list(check_all(is_repairing=True))

    assert Notification.objects.filter(uniqueness_key=f"reply:{reply.pk}:{follower.pk}").exists()


def test_message_is_missed_until_it_is_read(behind_the_triggers: Callable[[str], int]) -> None:
    message = MessageFactory()
    behind_the_triggers(forgotten("message_received"))
    assert wrong() == {"matches: news of unread messages": 1}
    match = message.conversation.match
    reader = match.mentor if message.sender_id == match.learner_id else match.learner
    ReadPointerFactory(conversation=message.conversation, user=reader, last_read_seq=message.seq)
    assert wrong() == {}


def test_question_of_a_mentor_is_missed(behind_the_triggers: Callable[[str], int]) -> None:
    MatchFactory.in_state("info_requested")
    assert wrong() == {}
    behind_the_triggers(forgotten("match_info_requested"))
    assert wrong() == {"matches: news of steps": 1}
    list(check_all(is_repairing=True))
    assert wrong() == {}


def test_broadcast_that_reached_people_who_left_is_right(behind_the_triggers: Callable[[str], int]) -> None:
    UserFactory.create_batch(3)
    broadcast = BroadcastFactory()
    CommunicationService().send_chunk(broadcast_id=broadcast.pk, after=None)
    told = Broadcast.objects.get().recipient_count
    assert told == Notification.objects.filter(kind="announcement").count()
    behind_the_triggers(
        "DELETE FROM notifications_notification WHERE id = (SELECT id FROM notifications_notification LIMIT 1)"
    )
    assert wrong() == {}
